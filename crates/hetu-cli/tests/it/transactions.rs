//! Tests of `hetu tx`, and of commands that find transactions of earlier ones.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use hetu::Amount;
use hetu::chain::TxHash;
use hetu_devnet::Mining;

use crate::documented::assert_documented;
use crate::run::{Ended, NOT_FOUND, REMOTE, USAGE};
use crate::scene::Scene;
use crate::writing::sent_by;

fn scene() -> Scene {
    let scene = Scene::new();
    scene.keep("me", 2);
    scene
}

/// Sends a transfer and kills the command, on a chain that mines no block for it.
fn interrupted(scene: &Scene) -> TxHash {
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Manual));
    let mut child = scene.start(&["token", "wrap", "1", "--yes"]);
    let hash = sent_by(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    hash
}

#[test]
fn listed_transaction_can_be_forgotten_and_stops_nothing_then() {
    let scene = scene();
    let empty = scene.read(&["tx", "list"]);
    assert_eq!(empty["transactions"].as_array().unwrap().len(), 0);
    let hash = interrupted(&scene).to_string();
    let listed = scene.read(&["tx", "list"]);
    assert_documented("hetu tx list", &listed);
    assert_eq!(listed["transactions"][0]["hash"], hash);
    assert_eq!(listed["transactions"][0]["status"], "waiting");
    assert!(scene.run(&["tx", "list", "me"]).stdout.contains(&hash));

    scene.runtime.block_on(scene.devnet.set_mining(Mining::Instant));
    scene.run(&["tx", "forget", &hash]).assert_failed(USAGE, "--yes");
    let forgotten = scene.read(&["tx", "forget", &hash, "--yes"]);
    assert_documented("hetu tx forget", &forgotten);
    let again = scene.run(&["tx", "forget", &hash, "--yes"]);
    again.assert_failed(NOT_FOUND, "not known");
    scene.change(&["token", "wrap", "2"]);
}

#[test]
fn transaction_of_a_chain_that_was_started_again_is_not_sent_and_stops_nothing() {
    let first = scene();
    let hash = interrupted(&first).to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let devnet = runtime.block_on(hetu_devnet::Devnet::builder().start()).unwrap();
    let second = Scene { runtime, devnet, home: first.home };
    assert_eq!(second.read(&["tx", "list"])["transactions"].as_array().unwrap().len(), 0);
    second.run(&["tx", "status", &hash]).assert_failed(NOT_FOUND, "does not know");
    second.run(&["tx", "cancel", &hash, "--yes"]).assert_failed(NOT_FOUND, "not known");
    second.change(&["token", "wrap", "2"]);
    assert_eq!(
        second.read(&["token", "balance"])["whetu"],
        "2",
        "the one of the first chain is not there"
    );
    assert_eq!(second.transactions_of(second.address(2)), 1);
}

#[cfg(unix)]
#[test]
fn interrupt_while_waiting_prints_hash_and_next_command() {
    let scene = scene();
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Manual));
    let mut child = scene.start(&["token", "wrap", "1", "--yes"]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let hash = said_to_be_sent(&mut stderr);
    signal(&child, "INT");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(REMOTE), "{rest}");
    assert!(rest.contains("may still be included"), "{rest}");
    assert!(rest.contains(&format!("hetu tx status {hash}")), "{rest}");
}

#[cfg(unix)]
fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-s", signal, &id]).status().unwrap();
    assert!(sent.success());
}

fn said_to_be_sent(stderr: &mut impl BufRead) -> String {
    let mut line = String::new();
    while stderr.read_line(&mut line).unwrap() > 0 {
        if let Some(sent) = line.strip_prefix("✔ sent ") {
            return sent.split(',').next().unwrap().to_owned();
        }
        line.clear();
    }
    panic!("it sent nothing");
}

#[test]
fn second_command_of_a_wallet_waits_for_the_first() {
    let scene = scene();
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Manual));
    let mut first = scene.start(&["token", "wrap", "1", "--yes"]);
    sent_by(&mut first);
    let second = scene.start(&["token", "wrap", "2", "--yes"]);
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Instant));
    scene.mine(1);
    let ended = Ended::from(first.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0));
    let ended = Ended::from(second.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(scene.read(&["token", "balance"])["whetu"], Amount::from_hetu(3).to_string());
}

#[test]
fn cancelling_what_a_block_includes_already_ends_with_that() {
    let scene = scene();
    let hash = interrupted(&scene).to_string();
    scene.mine(1);
    let cancelled = scene.outcome(&["tx", "cancel", &hash]);
    assert_eq!(cancelled["cancelled_by"], serde_json::Value::Null, "it came too late");
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Instant));
    scene.change(&["token", "wrap", "2"]);
}
