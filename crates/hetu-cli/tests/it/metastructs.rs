//! Tests of `hetu metastruct`.

use std::io::{BufRead, BufReader};

use hetu::Amount;
use hetu::chain::model::{RawEndpoint, Registration};
use serde_json::Value;

use crate::documented::assert_documented;
use crate::run::{NOT_FOUND, USAGE};
use crate::scene::Scene;

#[test]
fn a_subnet_is_shown_and_exported() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_miner(3, netuid);
    scene.register_validator(4, netuid);
    let strange = RawEndpoint { host: "=1+1,\"x\"".into(), port: 1 };
    scene.register(5, &Registration::miner(netuid, Amount::from_hetu(250), strange));
    let shown = scene.read(&["metastruct", "show", "1"]);
    assert_documented("hetu metastruct show", &shown);
    assert_eq!((&shown["miners"], &shown["validators"]), (&2.into(), &1.into()));
    assert_eq!(shown["total_stake"], "950");
    assert_eq!(shown["dendrons"][0]["stake"], "250", "by falling stake");
    assert!(shown["dendrons"][0]["url"].is_null());
    assert!(shown["dendrons"][0]["refusal"].as_str().unwrap().contains("not a host"));
    let top = scene.read(&["metastruct", "show", "1", "--top", "1"]);
    assert_eq!(top["dendrons"].as_array().unwrap().len(), 2, "one of each role");
    let text = scene.run(&["metastruct", "show", "1"]).stdout;
    assert!(text.contains("http://127.0.0.1:8091") && text.contains("epoch ends"), "{text}");

    let exported: Value =
        serde_json::from_str(&scene.run(&["metastruct", "export", "1"]).stdout).unwrap();
    assert_eq!(exported["dendrons"], shown["dendrons"]);
    let csv = scene.run(&["metastruct", "export", "1", "--format", "csv"]).stdout;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert!(lines[0].starts_with("address,role,is_active,stake"), "{csv}");
    assert!(lines[1].contains("\"'=1+1,\"\"x\"\"\""), "{csv}");
    let file = scene.home.path().join("subnet.csv");
    let export = ["metastruct", "export", "1", "--format", "csv", "--out", file.to_str().unwrap()];
    let told = scene.read(&export);
    assert_documented("hetu metastruct export", &told);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), csv);
    let table = scene.run(&["metastruct", "export", "1", "--format", "table"]).stdout;
    assert!(table.contains("serves at"), "{table}");

    scene.run(&["metastruct", "show", "7"]).assert_failed(NOT_FOUND, "no subnet 7");
    scene.run(&["metastruct", "watch"]).assert_failed(USAGE, "NETUID");
}

#[test]
fn a_subnet_is_watched_as_it_changes_and_known_at_the_next_start() {
    let (scene, netuid) = Scene::with_subnet();
    let mut child = scene.start(&["metastruct", "watch", "1", "--keep", "--json"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let begin = next();
    assert_eq!((&begin["notice"], &begin["is_fresh"]), (&"view".into(), &true.into()));
    let miner = scene.register_miner(3, netuid);
    let update = next();
    assert_documented("hetu metastruct watch", &update);
    assert_eq!((&update["notice"], &update["cause"]), (&"update".into(), &"block".into()));
    assert_eq!(update["changes"][0]["change"], "registered");
    assert_eq!(update["changes"][0]["dendron"]["address"], miner.to_string());
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = std::fs::read_dir(scene.home.path().join("metastruct")).unwrap();
    assert!(kept.count() > 0);
}
