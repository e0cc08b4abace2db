//! Tests of `hetu token`.

use crate::documented::assert_documented;
use crate::run::{CHAIN, NOT_FOUND, USAGE};
use crate::scene::Scene;

#[test]
fn hetu_and_whetu_are_wrapped_sent_and_unwrapped() {
    let (scene, _) = Scene::with_subnet();
    scene.keep("friend", 3);
    let as_me = |arguments: &[&str]| {
        let outcome = scene.outcome(&[arguments, &["--wallet", "me"]].concat());
        assert_documented(&format!("hetu token {}", arguments[1]), &outcome);
        outcome
    };
    as_me(&["token", "wrap", "5"]);
    let sent = as_me(&["token", "transfer", "friend", "1.5", "--wrapped"]);
    assert_eq!((&sent["token"], &sent["netuid"]), (&"whetu".into(), &().into()));
    as_me(&["token", "unwrap", "0.5"]);
    as_me(&["token", "transfer", "friend", "3"]);

    let of_friend = scene.read(&["token", "balance", "friend"]);
    assert_documented("hetu token balance", &of_friend);
    assert_eq!((&of_friend["hetu"], &of_friend["whetu"]), (&"1000003".into(), &"1.5".into()));
    assert_eq!(scene.read(&["token", "balance", "me"])["whetu"], "3");
}

#[test]
fn allowances_are_given_shown_and_taken_back() {
    let (scene, netuid) = Scene::with_subnet();
    let (me, friend) = (scene.address(2).to_string(), scene.address(3).to_string());
    let netuid = netuid.to_string();
    for token in [&[][..], &["--subnet", &netuid]] {
        let allowed = || {
            let shown = scene.read(&[&["token", "allowance", &me, &friend], token].concat());
            assert_documented("hetu token allowance", &shown);
            shown["amount"].as_str().unwrap().to_owned()
        };
        for amount in ["1.5", "0"] {
            let approved = scene.outcome(&[&["token", "approve", &friend, amount], token].concat());
            assert_documented("hetu token approve", &approved);
            assert_eq!(allowed(), amount);
        }
    }
}

#[test]
fn alpha_is_shown_and_sent() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    scene.outcome(&["amm", "swap", &netuid, "buy", "5", "--slippage", "1"]);
    let friend = scene.address(3).to_string();
    let sent = scene.outcome(&["token", "transfer", &friend, "2", "--subnet", &netuid]);
    assert_documented("hetu token transfer", &sent);
    let held = scene.read(&["token", "balance", &friend, "--subnet", &netuid]);
    assert_documented("hetu token balance", &held);
    assert_eq!(held["alpha"][0]["balance"], "2");

    for token in [&[][..], &["--subnet", &netuid]] {
        let info = scene.read(&[&["token", "info"], token].concat());
        assert_documented("hetu token info", &info);
        assert_eq!(info["decimals"], 18);
    }
    let much = ["token", "transfer", &friend, "1000", "--subnet", &netuid, "--yes"];
    scene.run(&much).assert_failed(CHAIN, "ERC20InsufficientBalance");
    let unknown = scene.run(&["token", "balance", &friend, "--subnet", "7"]);
    unknown.assert_failed(NOT_FOUND, "no subnet 7");
    let both = ["token", "transfer", &friend, "1", "--subnet", &netuid, "--wrapped"];
    scene.run(&both).assert_failed(USAGE, "--wrapped");
}

#[test]
fn the_past_can_be_asked_about() {
    let (scene, _) = Scene::with_subnet();
    let before = scene.devnet.block_number().to_string();
    scene.change(&["token", "wrap", "5"]);
    let then = scene.read(&["token", "balance", "--at", &before]);
    assert_eq!((&then["whetu"], then["block"].to_string()), (&"0".into(), before));
    assert_eq!(scene.read(&["token", "balance"])["whetu"], "5");
    scene.run(&["token", "balance", "--at", "99999"]).assert_failed(NOT_FOUND, "block");
    scene.run(&["token", "balance", "--at", "yesterday"]).assert_failed(USAGE, "a number");
}
