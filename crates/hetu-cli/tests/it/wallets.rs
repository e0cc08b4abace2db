//! `hetu wallet`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::run::{Ended, Home, NOT_FOUND, USAGE};

fn run_with(home: &Home, arguments: &[&str], password: &str, input: &str) -> Ended {
    let mut child = home
        .command(arguments)
        .env("HETU_PASSWORD", password)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_created_wallet_opens_with_its_password_alone() {
    let home = Home::new();
    let created = run_with(&home, &["wallet", "create", "miner", "--json"], "right", "");
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let unlocked = run_with(&home, &["wallet", "unlock", "miner", "--json"], "right", "");
    assert_eq!(unlocked.json(), created.json());
    assert_eq!(home.run(&["wallet", "list", "--json"]).json()[0], created.json());

    run_with(&home, &["wallet", "unlock", "miner"], "wrong", "").assert_failed(1, "wrong password");
    let again = run_with(&home, &["wallet", "create", "miner"], "right", "");
    again.assert_failed(1, "exists already");
}

#[test]
fn keys_and_phrases_are_imported_from_standard_input() {
    let home = Home::new();
    let phrase = "test test test test test test test test test test test junk";
    let arguments = ["wallet", "import", "second", "--index", "1", "--json"];
    let imported = run_with(&home, &arguments, "right", phrase);
    assert_eq!(imported.json()["address"], "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    let key = format!("0x{:064x}\n", 1);
    let imported = run_with(&home, &["wallet", "import", "one", "--json"], "right", &key);
    assert_eq!(imported.json()["address"], "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");

    let wrong = run_with(&home, &["wallet", "import", "three"], "right", "test test junk");
    wrong.assert_failed(USAGE, "not a seed phrase");
}

#[test]
fn a_password_can_come_from_a_file() {
    let home = Home::new();
    let file = home.path().join("password");
    fs::write(&file, "from the file\nnot this line\n").unwrap();
    let file = file.to_str().unwrap();
    let created = home.run(&["wallet", "create", "miner", "--password-file", file]);
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let unlocked = run_with(&home, &["wallet", "unlock", "miner"], "from the file", "");
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
}

#[test]
fn names_that_are_missing_or_no_names_are_told_apart() {
    let home = Home::new();
    run_with(&home, &["wallet", "unlock", "nobody"], "x", "").assert_failed(NOT_FOUND, "nobody");
    run_with(&home, &["wallet", "create", "../x"], "x", "").assert_failed(USAGE, "../x");
}
