//! Tests of `hetu demo`.

use crate::documented::assert_documented;
use crate::run::{Home, USAGE};

#[test]
fn the_demo_judges_every_miner_and_keeps_the_weights_on_chain() {
    let ended = Home::new().run(&["demo", "--json", "--questions", "4"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = ended.json();
    assert_documented("hetu demo", &report);
    assert_eq!(report["chain_id"], 31_337);
    assert_eq!(report["netuid"], 1);
    assert_eq!(report["weights_on_chain"], true);

    let miners = report["miners"].as_array().unwrap();
    let of_status =
        |status: &str| miners.iter().filter(|miner| miner["status"] == status).collect::<Vec<_>>();
    assert_eq!(miners.len(), 5);
    assert_eq!(of_status("ok").len(), 3);
    for honest in of_status("ok") {
        assert_eq!((&honest["correct"], &honest["weight"]), (&4.into(), &21_845.into()));
        assert!(honest["latency_ms"].as_f64().unwrap() > 0.0);
    }
    let [liar] = of_status("wrong")[..] else { panic!("{miners:?}") };
    assert_eq!((&liar["wrong"], &liar["weight"]), (&4.into(), &0.into()));
    let [absent] = of_status("unreachable")[..] else { panic!("{miners:?}") };
    assert_eq!((&absent["failed"], &absent["weight"]), (&4.into(), &0.into()));
}

#[test]
fn people_get_a_table_and_progress_on_standard_error() {
    let ended = Home::new().run(&["demo", "--questions", "1"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for column in ["miner", "stake", "latency", "right/wrong", "weight"] {
        assert!(ended.stdout.contains(column), "{}", ended.stdout);
    }
    assert!(ended.stderr.lines().filter(|line| line.starts_with('✔')).count() >= 7);
}

#[test]
fn no_question_is_a_mistake() {
    Home::new().run(&["demo", "--questions", "0"]).assert_failed(USAGE, "0");
}
