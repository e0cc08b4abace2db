//! Tests of `hetu phloem`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;

use hetu::chain::model::{RawEndpoint, Registration};
use hetu::xylem::RunningXylem;
use hetu::{Amount, NetUid, Xylem};
use hetu_testkit::math_sum::{MathSum, Sum};
use serde_json::Value;

use crate::documented::assert_documented;
use crate::run::{CHAIN, NOT_FOUND, REMOTE, USAGE};
use crate::scene::Scene;

const QUESTION: &str = r#"{"x": 5, "y": 3}"#;

/// Starts a subnet with the validator `me`.
fn scene() -> (Scene, NetUid) {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(2, netuid);
    (scene, netuid)
}

fn miner(
    scene: &Scene,
    account: usize,
    netuid: NetUid,
    answer: fn(MathSum) -> f64,
) -> RunningXylem {
    let xylem = Xylem::builder(scene.hetu(account), netuid)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .bind("127.0.0.1:0")
        .stake(Amount::from_hetu(200))
        .attach::<MathSum>(move |call| async move { Ok(Sum { result: answer(call) }) });
    scene.runtime.block_on(xylem.start()).unwrap()
}

/// Registers a miner at a port without a listener.
fn absent(scene: &Scene, account: usize, netuid: NetUid) -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = RawEndpoint::new("127.0.0.1", port);
    scene.register(account, &Registration::miner(netuid, Amount::from_hetu(300), endpoint));
    scene.address(account).to_string()
}

#[test]
fn miners_are_found_and_asked() {
    let (scene, netuid) = scene();
    let _honest = miner(&scene, 3, netuid, |call| call.x + call.y);
    let (honest, absent) = (scene.address(3).to_string(), absent(&scene, 4, netuid));

    let found = scene.read(&["phloem", "discover", "1"]);
    assert_documented("hetu phloem discover", &found);
    assert_eq!(found["miners"][0]["address"], absent, "by falling stake");
    assert_eq!(found["miners"][1]["address"], honest);
    let top = scene.read(&["phloem", "discover", "1", "--top", "1"]);
    assert_eq!((top["miners"].as_array().unwrap().len(), &top["left_out"]), (1, &0.into()));

    let receipt = scene.home.path().join("receipt.json");
    let receipt = receipt.to_str().unwrap();
    let query = ["phloem", "query", "1", "MathSum", QUESTION];
    let one = [&query[..], &["--miner", &honest]].concat();
    let answered = scene.read(&[&one[..], &["--receipt", receipt]].concat());
    assert_documented("hetu phloem query", &answered);
    assert_eq!(
        (&answered["reply"]["result"], &answered["miner"]),
        (&8.0.into(), &honest.clone().into())
    );
    let proven = scene.read(&["receipt", "verify", receipt, "--miner", &honest]);
    assert_eq!(proven["caller"], scene.address(2).to_string());
    let routed = scene.read(&[&query[..], &["--route"]].concat());
    assert_documented("hetu phloem query", &routed);
    assert_eq!(routed["reply"]["result"], 8.0);
    let attempts = routed["attempts"].as_array().unwrap();
    assert_eq!(attempts.last().unwrap()["miner"], honest);

    let told = scene.read(&["phloem", "broadcast", "1", "MathSum", QUESTION]);
    assert_documented("hetu phloem broadcast", &told);
    assert_eq!(told["answers"], 1);
    assert!(told["outcomes"][0]["reply"].is_null() && told["outcomes"][1]["error"].is_null());

    let health = scene.read(&["phloem", "health", "1"]);
    assert_documented("hetu phloem health", &health);
    assert_eq!((&health["known"], &health["healthy"]), (&2.into(), &1.into()), "{health}");
    assert_eq!(health["miners"][1]["services"][0], "MathSum");
    for strategy in ["blended", "stake-weighted", "fastest", "round-robin"] {
        let explained = scene.read(&["phloem", "explain", "1", "--strategy", strategy]);
        assert_documented("hetu phloem explain", &explained);
        assert_eq!(explained["strategy"], strategy.replace('-', "_"));
        assert_eq!(explained["candidates"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn what_cannot_be_asked_is_told_apart() {
    let (scene, netuid) = scene();
    let _honest = miner(&scene, 3, netuid, |call| call.x + call.y);
    let (honest, absent) = (scene.address(3).to_string(), absent(&scene, 4, netuid));
    let query = |service: &str, request: &str, miner: &str| {
        scene.run(&["phloem", "query", "1", service, request, "--miner", miner])
    };
    query("MathSum", QUESTION, &absent).assert_failed(REMOTE, "refused");
    query("Nothing", QUESTION, &honest).assert_failed(REMOTE, "unknown_service");
    query("MathSum", r#"{"x": "five"}"#, &honest).assert_failed(REMOTE, "undecodable_content");
    query("Math/Sum", QUESTION, &honest).assert_failed(USAGE, "name of a service");
    query("MathSum", "{", &honest).assert_failed(USAGE, "JSON");
    let stranger = scene.address(7).to_string();
    query("MathSum", QUESTION, &stranger).assert_failed(NOT_FOUND, "no dendron");
    let nobody = ["phloem", "broadcast", "1", "MathSum", QUESTION, "--miner", &absent];
    scene.run(&nobody).assert_failed(REMOTE, "no miner answered");
    let whom = ["phloem", "query", "1", "MathSum", QUESTION];
    let unkept = [&whom[..], &["--miner", &honest, "--receipt", "/nowhere/receipt.json"]].concat();
    scene.run(&unkept).assert_failed(1, "/nowhere/receipt.json");
    scene.run(&whom).assert_failed(USAGE, "--route");
    scene.run(&["phloem", "discover", "7"]).assert_failed(NOT_FOUND, "no subnet 7");
}

#[test]
fn miners_are_judged_and_their_weights_set() {
    let (scene, netuid) = scene();
    let _honest = miner(&scene, 3, netuid, |call| call.x + call.y);
    let _liar = miner(&scene, 4, netuid, |call| call.x - call.y);
    let (honest, liar) = (scene.address(3).to_string(), scene.address(4).to_string());
    let plan = scene.read(&["phloem", "validate", "1", "--dry-run"]);
    assert_documented("hetu phloem validate", &plan);
    assert!(!scene.home.path().join("validators").exists(), "a dry run keeps nothing");

    let arguments = ["phloem", "validate", "1", "--rounds", "60", "--interval", "0.02"];
    let options = ["--canary-share", "1", "--yes", "--json"];
    let mut child = scene.start(&[&arguments[..], &options[..]].concat());
    let mut weights = Vec::new();
    let mut rounds = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        match line["notice"].as_str().unwrap() {
            "round" => {
                rounds += 1;
                let of = |miner: &str| {
                    let miners = line["miners"].as_array().unwrap();
                    miners.iter().find(|verdict| verdict["miner"] == *miner).unwrap().clone()
                };
                assert_eq!(
                    (&of(&honest)["score"], &of(&liar)["score"]),
                    (&1.0.into(), &0.0.into())
                );
                if weights.iter().all(|progress: &Value| progress["progress"] != "set") {
                    scene.mine(2);
                }
            }
            "weights" => weights.push(line),
            other => panic!("{other}: {line}"),
        }
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(rounds, 60);
    let set = weights.iter().find(|progress| progress["progress"] == "set").unwrap();
    assert_eq!(set["weights"][0]["dendron"], honest);
    let shown = scene.read(&["weights", "show", "1", "me"]);
    assert_eq!(shown["rows"][0]["weights"], set["weights"]);
    assert_eq!(weights.last().unwrap()["reason"], "already_set");
    let again = ["phloem", "validate", "1", "--once", "--canary-share", "1", "--yes"];
    let again = scene.run(&again);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stdout.contains("2 asked, 2 answered, 1 right"), "{}", again.stdout);
    assert!(again.stdout.contains("those of this epoch are set"), "{}", again.stdout);
}

#[test]
fn only_validators_validate() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_miner(2, netuid);
    let validate = ["phloem", "validate", "1", "--once"];
    scene.run(&validate).assert_failed(USAGE, "--yes");
    let ended = scene.run(&[&validate[..], &["--yes"]].concat());
    ended.assert_failed(CHAIN, "no active validator");
    for bad in [["--interval", "0"], ["--canary-share", "1.5"], ["--rounds", "0"]] {
        let ended = scene.run(&[&["phloem", "validate", "1", "--yes"], &bad[..]].concat());
        assert_eq!(ended.code, Some(USAGE), "{bad:?}: {}", ended.stderr);
    }
}
