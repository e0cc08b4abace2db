//! Tests of `hetu events`.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::documented::assert_documented;
use crate::scene::Scene;

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn past_events_are_lines_of_json_that_can_be_filtered() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_miner(3, netuid);
    let past = |more: &[&str]| {
        let ended = scene.run(&[&["events", "past", "--json"], more].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout.lines().map(parsed).collect::<Vec<_>>()
    };
    let all = past(&[]);
    for event in &all {
        assert_documented_line(event);
    }
    let of_dendrons = past(&["--group", "dendron", "--subnet", "1"]);
    assert!(!of_dendrons.is_empty() && of_dendrons.len() < all.len());
    assert!(of_dendrons.iter().all(|event| event["event"]["dendron"].is_object()));
    assert_eq!(past(&["--subnet", "9"]).len(), 0);

    let last = all.last().unwrap()["block"].as_u64().unwrap().to_string();
    let of_last = past(&["--from", &last]);
    assert!(
        !of_last.is_empty()
            && of_last.iter().all(|event| event["block"] == all.last().unwrap()["block"])
    );
    let text = scene.run(&["events", "past", "--group", "dendron"]).stdout;
    assert!(text.contains("registered"), "{text}");
}

#[test]
fn the_chain_is_followed_as_it_goes() {
    let (scene, _) = Scene::with_subnet();
    let from = (scene.devnet.block_number() + 1).to_string();
    let mut child = scene.start(&["events", "follow", "--from", &from, "--json"]);
    scene.change(&["token", "wrap", "5"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = parsed(&lines.next().unwrap().unwrap());
    assert_documented_line(&first);
    assert_eq!(first["block"].to_string(), from);
    let complete = lines.map(|line| parsed(&line.unwrap())).find(|line| line["notice"] == "block");
    assert_eq!(complete.unwrap()["block"].to_string(), from);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Asserts the members that every event has. The members of single events differ.
fn assert_documented_line(line: &Value) {
    let mut line = line.clone();
    assert_eq!(line["event"].as_object().unwrap().len(), 1, "{line}");
    line["event"] = Value::Null;
    assert_documented("hetu events past", &line);
}
