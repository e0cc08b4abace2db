//! Standard error of a miner with a JSON log, which contains only objects.

use std::fs;

use serde_json::Value;

use crate::miners::Miner;
use crate::run::{Ended, USAGE};
use crate::scene::Scene;

/// Parses the lines of standard error, all of which have to be objects.
fn lines(stderr: &str) -> Vec<Value> {
    let object = |line: &str| match serde_json::from_str(line) {
        Ok(Value::Object(members)) => Value::Object(members),
        other => panic!("{line:?} is no object: {other:?}"),
    };
    stderr.lines().map(object).collect()
}

fn has(lines: &[Value], level: &str, part: &str) -> bool {
    let says = |line: &Value| line["message"].as_str().is_some_and(|text| text.contains(part));
    lines.iter().any(|line| line["level"] == level && says(line))
}

// Regression test: progress, the result and the final messages of a miner were plain lines between
// the objects.
#[cfg(unix)]
#[test]
fn json_log_of_miner_holds_objects_only_from_start_to_stop() {
    let (scene, netuid) = Scene::with_subnet();
    let path = scene.home.path().join("log");
    let log = fs::File::create(&path).unwrap();
    let miner = Miner::start_logging_to(log.into(), &scene, netuid, &["--log-format", "json"]);
    assert_eq!(miner.terminate(), Some(0));
    let lines = lines(&fs::read_to_string(&path).unwrap());
    for part in ["signing as me", "sent 0x", "included in block", "stopping"] {
        assert!(has(&lines, "INFO", part), "{part}: {lines:?}");
    }
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));
}

#[test]
fn json_log_holds_error_as_object_whatever_fails() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let serve = |arguments: &[&str]| {
        let serve = ["xylem", "serve", &netuid, "--bind", "127.0.0.1:0", "--log-format=json"];
        scene.run(&[&serve, arguments].concat())
    };
    let without_consent = serve(&[]);
    assert_eq!(without_consent.code, Some(USAGE));
    assert!(has(&lines(&without_consent.stderr), "ERROR", "--yes"), "{}", without_consent.stderr);
    let unknown_option = serve(&["--bogus"]);
    assert_eq!(unknown_option.code, Some(USAGE));
    assert!(has(&lines(&unknown_option.stderr), "ERROR", "--bogus"), "{}", unknown_option.stderr);
    let too_dear = serve(&["--yes", "--max-cost", "0.000001"]);
    assert!(has(&lines(&too_dear.stderr), "ERROR", "HETU"), "{}", too_dear.stderr);
    let mut unreachable = scene.command(&[
        "xylem",
        "serve",
        &netuid,
        "--bind",
        "127.0.0.1:0",
        "--log-format",
        "json",
        "--yes",
    ]);
    let unreachable =
        Ended::from(unreachable.env("HETU_RPC_URL", "http://127.0.0.1:1").output().unwrap());
    assert!(has(&lines(&unreachable.stderr), "ERROR", "127.0.0.1:1"), "{}", unreachable.stderr);
}
