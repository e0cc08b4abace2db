//! Tests of `hetu amm`.

use hetu::Amount;

use crate::documented::assert_documented;
use crate::run::{CHAIN, NOT_FOUND, USAGE};
use crate::scene::Scene;

#[test]
fn a_trade_brings_what_the_preview_said() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let pool = scene.read(&["amm", "pool", &netuid]);
    assert_documented("hetu amm pool", &pool);
    assert_eq!(pool["hetu_reserve"], "100");

    let preview = scene.read(&["amm", "preview", &netuid, "buy", "5"]);
    assert_documented("hetu amm preview", &preview);
    let bought = scene.outcome(&["amm", "swap", &netuid, "buy", "5", "--slippage", "0.5"]);
    assert_documented("hetu amm swap", &bought);
    assert_eq!(bought["received"], preview["amount_out"]);
    assert_eq!(bought["price_after"], preview["price_after"]);

    let friend = scene.address(5).to_string();
    let sell = ["amm", "swap", &netuid, "sell", "1", "--min-out", "1", "--to", &friend];
    let sold = scene.outcome(&sell);
    let received: Amount = sold["received"].as_str().unwrap().parse().unwrap();
    assert!(received >= Amount::from_hetu(1));
    assert_eq!(scene.read(&["token", "balance", &friend])["whetu"], sold["received"]);
}

#[test]
fn trades_without_a_limit_or_beyond_it_are_not_made() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let swap =
        |more: &[&str]| scene.run(&[&["amm", "swap", &netuid, "buy", "--yes"], more].concat());
    swap(&["5"]).assert_failed(USAGE, "--min-out");
    swap(&["5", "--min-out", "4", "--slippage", "1"]).assert_failed(USAGE, "--slippage");
    swap(&["5", "--slippage", "100"]).assert_failed(USAGE, "below 100");
    swap(&["5", "--min-out", "4.77"]).assert_failed(CHAIN, "less than 4.77");
    swap(&["5000", "--slippage", "1"]).assert_failed(CHAIN, "too small");
    let preview = scene.run(&["amm", "preview", &netuid, "buy", "5000"]);
    preview.assert_failed(CHAIN, "too small");
    scene.run(&["amm", "pool", "7"]).assert_failed(NOT_FOUND, "no subnet 7");
    assert_eq!(scene.transactions_of(scene.address(2)), 0);
}

#[test]
fn liquidity_is_the_system_addresss_alone() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    for change in ["add-liquidity", "remove-liquidity"] {
        let ended = scene.run(&["amm", change, &netuid, "1", "1", "--yes"]);
        ended.assert_failed(CHAIN, "AMM: ONLY_SYSTEM");
    }

    scene.keep("system", 0);
    let as_system =
        |arguments: &[&str]| scene.outcome(&[arguments, &["--wallet", "system"]].concat());
    let bought = as_system(&["amm", "swap", &netuid, "buy", "5", "--slippage", "1"]);
    let pool = scene.read(&["amm", "pool", &netuid])["address"].as_str().unwrap().to_owned();
    as_system(&["token", "wrap", "2"]);
    as_system(&["token", "approve", &pool, "2"]);
    as_system(&["token", "approve", &pool, "1", "--subnet", &netuid]);
    let added = as_system(&["amm", "add-liquidity", &netuid, "2", "1"]);
    assert_documented("hetu amm add-liquidity", &added);
    let removed = as_system(&["amm", "remove-liquidity", &netuid, "2", "1"]);
    assert_documented("hetu amm remove-liquidity", &removed);
    assert!(bought["received"].is_string());
}
