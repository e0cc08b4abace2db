//! Tests of `hetu receipt`.

use std::fs;

use serde_json::Value;

use crate::documented::assert_documented;
use crate::run::{Home, USAGE};

const VECTORS: &str = include_str!("../../../hetu-cambium/vectors/receipt-v1.json");

fn file(home: &Home, receipt: &Value) -> String {
    let path = home.path().join("receipt.json");
    fs::write(&path, receipt.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_receipt_is_verified_offline_and_says_what_it_proves() {
    let home = Home::new();
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let path = file(&home, &vectors["with_contents"]);
    let proven = home.run(&["receipt", "verify", &path, "--json"]).json();
    assert_documented("hetu receipt verify", &proven);
    assert_eq!(proven["requested_at"], vectors["proves"]["requested_at"]);
    assert_eq!(proven["target"], vectors["proves"]["target"]);
    let shown = home.run(&["receipt", "verify", &path]);
    assert!(shown.stdout.contains("{\"result\":8.0}"), "{}", shown.stdout);

    let caller = proven["caller"].as_str().unwrap();
    let miner = proven["miner"].as_str().unwrap();
    let verify = |options: &[&str]| home.run(&[&["receipt", "verify", &path], options].concat());
    assert_eq!(verify(&["--caller", caller, "--miner", miner]).code, Some(0));
    verify(&["--caller", miner]).assert_failed(1, caller);
    verify(&["--miner", caller]).assert_failed(1, miner);

    let path = file(&home, &vectors["without_contents"]);
    let proven = home.run(&["receipt", "verify", &path, "--json"]).json();
    assert_eq!(proven["reply_content"], Value::Null);
    let shown = home.run(&["receipt", "verify", &path]);
    assert!(shown.stdout.contains("not in the receipt"), "{}", shown.stdout);
}

#[test]
fn what_proves_nothing_is_told_from_what_is_no_receipt() {
    let home = Home::new();
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let mut receipt = vectors["with_contents"].clone();
    receipt["reply"]["status"] = 201.into();
    let path = file(&home, &receipt);
    home.run(&["receipt", "verify", &path]).assert_failed(1, "not by the miner");
    let path = file(&home, &Value::Null);
    home.run(&["receipt", "verify", &path]).assert_failed(USAGE, "receipt.json");
    home.run(&["receipt", "verify", "nowhere.json"]).assert_failed(1, "nowhere.json");
}
