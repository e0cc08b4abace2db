//! Tests of `hetu dendron`.

use crate::documented::assert_documented;
use crate::run::{CHAIN, Ended, NOT_FOUND, USAGE};
use crate::scene::Scene;

const ENDPOINT: [&str; 2] = ["--endpoint", "127.0.0.1:8091"];

#[test]
fn a_miner_stakes_registers_moves_and_leaves() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let register = [&["dendron", "register", &netuid, "--role", "miner"], &ENDPOINT[..]].concat();
    let plan = scene.read(&[&register[..], &["--dry-run"]].concat());
    assert_eq!((&plan["value"], &plan["is_complete"]), (&"201".into(), &false.into()));
    assert!(plan["intent"].as_str().unwrap().contains("for 1 HETU, after staking 201 HETU"));

    let registered = scene.outcome(&register);
    assert_documented("hetu dendron register", &registered);
    assert_eq!((&registered["stake"], &registered["cost"]), (&"200".into(), &"1".into()));
    let shown = scene.read(&["dendron", "show", &netuid]);
    assert_documented("hetu dendron show", &shown);
    assert_eq!(shown["dendron"]["is_active"], true);
    let again = scene.run(&[&register[..], &["--yes"]].concat());
    again.assert_failed(CHAIN, "ALREADY_REGISTERED");

    let update = ["dendron", "update", &netuid, "--endpoint", "127.0.0.1:8092"];
    let updated = scene.outcome(&update);
    assert_documented("hetu dendron update", &updated);
    assert_eq!(updated["endpoint"]["port"], 8092);
    let soon = scene.run(&[&update[..], &["--yes"]].concat());
    soon.assert_failed(CHAIN, "ServingRateLimited");
    let metrics = ["dendron", "update", &netuid, "--metrics", "127.0.0.1:9100"];
    scene.mine(50);
    let updated = scene.outcome(&metrics);
    assert_eq!(updated["endpoint"]["port"], 8092, "what is not named stays");
    assert_eq!(updated["metrics_endpoint"]["port"], 9100);

    assert_documented(
        "hetu dendron deregister",
        &scene.outcome(&["dendron", "deregister", &netuid]),
    );
    scene.run(&["dendron", "show", &netuid]).assert_failed(NOT_FOUND, "no dendron of");
    assert_eq!(scene.read(&["stake", "show"])["available"], "200");
}

#[test]
fn stake_that_is_there_is_used_and_a_validator_needs_no_endpoint() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    scene.change(&["stake", "add", "601"]);
    let register =
        ["dendron", "register", &netuid, "--role", "validator", "--stake", "600", "--yes"];
    let made = scene.read(&register);
    assert_eq!(made["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(made["result"]["stake"], "600");

    scene.register_miner(3, netuid.parse().unwrap());
    let count = |role: &[&str]| {
        let listed = scene.read(&[&["dendron", "list", &netuid], role].concat());
        assert_documented("hetu dendron list", &listed);
        listed["dendrons"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--role", "miner"]), 1);
    assert_eq!(count(&["--role", "validator"]), 1);
}

#[test]
fn registrations_that_cannot_succeed_stake_nothing() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let register =
        |more: &[&str]| scene.run(&[&["dendron", "register", &netuid, "--yes"], more].concat());
    register(&["--role", "miner"]).assert_failed(USAGE, "--endpoint");
    register(&["--role", "miner", "--endpoint", "nowhere"]).assert_failed(USAGE, "HOST:PORT");
    register(&["--role", "validator", "--stake", "499"]).assert_failed(USAGE, "at least 500");
    register(&["--role", "validator", "--max-cost", "0.5"]).assert_failed(CHAIN, "the 0.5 HETU");
    let unknown = ["dendron", "register", "7", "--role", "validator", "--yes"];
    scene.run(&unknown).assert_failed(NOT_FOUND, "no subnet 7");

    scene.keep("owner", 1);
    let close = ["subnet", "set-params", &netuid, "registration_allowed=false"];
    scene.change(&[&close[..], &["--wallet", "owner"]].concat());
    let closed = register(&["--role", "validator", "--wallet", "me"]);
    closed.assert_failed(CHAIN, "RegistrationClosed");
    assert_eq!(scene.read(&["stake", "show", "me"])["total"], "0");
}

#[test]
fn two_registrations_of_one_block_both_succeed() {
    let (scene, netuid) = Scene::with_subnet();
    scene.keep("other", 3);
    let interval = std::time::Duration::from_millis(200);
    scene.runtime.block_on(scene.devnet.set_mining(hetu_devnet::Mining::Interval(interval)));
    let netuid = netuid.to_string();
    let register = |wallet: &str, port: u16| {
        let endpoint = format!("127.0.0.1:{port}");
        let miner = ["dendron", "register", &netuid, "--role", "miner", "--endpoint", &endpoint];
        scene.start(&[&miner[..], &["--yes", "--wallet", wallet]].concat())
    };
    for child in [register("me", 8_091), register("other", 8_092)] {
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    assert_eq!(scene.read(&["dendron", "list", &netuid])["dendrons"].as_array().unwrap().len(), 2);
}
