//! Tests of `hetu subnet`.

use crate::documented::assert_documented;
use crate::run::{CHAIN, NOT_FOUND, USAGE};
use crate::scene::Scene;

const CREATE: [&str; 7] =
    ["subnet", "create", "Products", "--token-name", "Product", "--token-symbol", "PRO"];

/// Starts a chain on which the wallet `me`, which has no subnet, can register one.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.keep("me", 2);
    scene.mine(100);
    scene
}

#[test]
fn a_subnet_is_created_activated_and_changed_by_its_owner() {
    let scene = scene();
    let created = scene.outcome(&[&CREATE[..], &["--set", "tempo=359"]].concat());
    assert_documented("hetu subnet create", &created);
    assert_eq!((&created["netuid"], &created["cost"]), (&1.into(), &"100".into()));
    assert_documented("hetu subnet activate", &scene.outcome(&["subnet", "activate", "1"]));

    let set = scene.outcome(&["subnet", "set-params", "1", "base_dendron_cost=2.5", "kappa=7"]);
    assert_documented("hetu subnet set-params", &set);
    let params = scene.read(&["subnet", "params", "1"]);
    assert_documented("hetu subnet params", &params);
    let rules = &params["hyperparameters"];
    assert_eq!(*rules, set["hyperparameters"]);
    assert_eq!((&rules["tempo"], &rules["kappa"]), (&359.into(), &7.into()));
    assert_eq!(rules["base_dendron_cost"], "2.5");

    let owned = scene.read(&["subnet", "owned"]);
    assert_documented("hetu subnet owned", &owned);
    assert_eq!(owned["netuids"][0], 1);
    let again = scene.run(&["subnet", "activate", "1", "--yes"]);
    again.assert_failed(CHAIN, "SUBNET_ALREADY_ACTIVE");
}

#[test]
fn a_subnet_costs_no_more_than_was_allowed_and_not_too_soon() {
    let scene = scene();
    let dear = scene.run(&[&CREATE[..], &["--max-cost", "99", "--yes"]].concat());
    dear.assert_failed(CHAIN, "100 HETU, more than the 99");
    let wrong = scene.run(&[&CREATE[..], &["--set", "tempo=0", "--yes"]].concat());
    wrong.assert_failed(USAGE, "from 1 to 10000");
    let unknown = scene.run(&[&CREATE[..], &["--set", "tempi=1", "--yes"]].concat());
    unknown.assert_failed(USAGE, "there is no hyperparameter \"tempi\"");
    assert_eq!(scene.read(&["stake", "show"])["total"], "0");

    scene.change(&CREATE);
    let price = scene.read(&["subnet", "lock-cost"]);
    assert_documented("hetu subnet lock-cost", &price);
    let possible_from = price["possible_from"].as_u64().unwrap();
    scene.run(&[&CREATE[..], &["--yes"]].concat()).assert_failed(CHAIN, "RATE_LIMIT_EXCEEDED");
    scene.mine(possible_from - scene.devnet.block_number());
    assert_eq!(scene.outcome(&CREATE)["netuid"], 2);
}

#[test]
fn subnets_are_listed_and_shown_at_one_block() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_miner(3, netuid);
    let listed = scene.read(&["subnet", "list"]);
    assert_documented("hetu subnet list", &listed);
    assert_eq!(listed["subnets"][0]["name"], "Sums");

    let shown = scene.read(&["subnet", "show", &netuid.to_string()]);
    assert_documented("hetu subnet show", &shown);
    assert_eq!(shown["block"], scene.devnet.block_number());
    assert_eq!(shown["dendrons"][0]["stake"], "200");
    let text = scene.run(&["subnet", "show", &netuid.to_string()]).stdout;
    for part in ["\"Sums\"", "validator_threshold", "127.0.0.1:8091"] {
        assert!(text.contains(part), "{text}");
    }
    scene.run(&["subnet", "show", "7"]).assert_failed(NOT_FOUND, "there is no subnet 7");
    scene.run(&["subnet", "params", "7"]).assert_failed(NOT_FOUND, "there is no subnet 7");
}

#[test]
fn only_the_owner_changes_a_subnet() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let friend = scene.address(5).to_string();
    for arguments in [
        &["subnet", "set-params", &netuid, "tempo=359"][..],
        &["subnet", "minter", "add", &netuid, &friend],
    ] {
        let ended = scene.run(&[arguments, &["--yes"]].concat());
        ended.assert_failed(CHAIN, "hint: only the subnet's owner may");
    }
    let same = scene.run(&["subnet", "set-params", &netuid, "tempo=99", "--yes"]);
    same.assert_failed(USAGE, "nothing would change");

    scene.keep("owner", 1);
    let is_minter = || {
        let checked = scene.read(&["subnet", "minter", "check", &netuid, &friend]);
        assert_documented("hetu subnet minter check", &checked);
        checked["is_minter"].as_bool().unwrap()
    };
    for (change, expected) in [("add", true), ("remove", false)] {
        let changed =
            scene.outcome(&["subnet", "minter", change, &netuid, &friend, "--wallet", "owner"]);
        assert_documented("hetu subnet minter add", &changed);
        assert_eq!(is_minter(), expected);
    }
}

#[test]
fn the_rules_of_registration_are_the_contracts_owners() {
    let scene = scene();
    let set = ["subnet", "set-registration", "--min-lock", "50"];
    let refused = scene.run(&[&set[..], &["--yes"]].concat());
    refused.assert_failed(CHAIN, "hint: only the contract's owner may");
    scene.run(&["subnet", "set-registration", "--yes"]).assert_failed(USAGE, "--min-lock");
    scene.keep("deployer", 0);
    let changed = scene.outcome(&[&set[..], &["--wallet", "deployer"]].concat());
    assert_documented("hetu subnet set-registration", &changed);
    assert_eq!((&changed["min_lock"], &changed["rate_limit"]), (&"50".into(), &100.into()));
    assert_eq!(scene.read(&["subnet", "lock-cost"])["cost"], "50");
}
