//! Properties of every command that changes the chain.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Child;

use hetu::chain::TxHash;
use hetu::{Amount, Wallet};
use hetu_devnet::Mining;

use crate::documented::assert_documented;
use crate::run::{CHAIN, Ended, NOT_FOUND, REMOTE, USAGE};
use crate::scene::{PASSWORD, Scene};

const OTHER: i32 = 1;

/// Starts a chain with one wallet `me` of account 2.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.keep("me", 2);
    scene
}

#[test]
fn a_dry_run_needs_no_password_and_leaves_everything_as_it_was() {
    let scene = scene();
    let me = scene.address(2);
    let before = (scene.read(&["token", "balance"])["hetu"].take(), scene.devnet.block_number());
    let mut command = scene.command(&["token", "wrap", "5", "--dry-run", "--json"]);
    let ended = Ended::from(command.env_remove("HETU_PASSWORD").output().unwrap());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let plan = ended.json();
    assert_documented("A dry run", &plan);
    assert_eq!(plan["account"], me.to_string());
    assert_eq!((&plan["value"], &plan["is_complete"]), (&"5".into(), &true.into()));
    let amount = |name: &str| plan[name].as_str().unwrap().parse::<Amount>().unwrap();
    assert!(!amount("max_fee").is_zero());
    assert_eq!(amount("total"), amount("value").saturating_add(amount("max_fee")));

    let after = (scene.read(&["token", "balance"])["hetu"].take(), scene.devnet.block_number());
    assert_eq!(before, after);
    assert_eq!(scene.transactions_of(me), 0);
    assert!(!scene.home.path().join("journal").exists());
}

#[test]
fn a_plan_names_what_has_to_come_first() {
    let scene = scene();
    let plan = scene.read(&["stake", "add", "100", "--dry-run"]);
    let functions: Vec<_> =
        plan["transactions"].as_array().unwrap().iter().map(|step| &step["function"]).collect();
    assert_eq!(functions, ["deposit", "approve", "addGlobalStake"]);
    assert_eq!((&plan["value"], &plan["is_complete"]), (&"100".into(), &false.into()));

    let text = scene.run(&["stake", "add", "100", "--dry-run"]);
    for part in ["stake 100 HETU", "chain 31337", "me 0x", "deposit", "at most 100.0"] {
        assert!(text.stdout.contains(part), "{}", text.stdout);
    }
}

#[test]
fn a_change_tells_its_transactions_and_what_they_cost() {
    let scene = scene();
    let made = scene.change(&["token", "wrap", "5"]);
    assert_documented("A change", &made);
    let hetu = scene.hetu(2);
    let held = scene.runtime.block_on(hetu.tokens().balance(scene.address(2))).unwrap();
    let fee: Amount = made["transactions"][0]["fee"].as_str().unwrap().parse().unwrap();
    let spent = fee.saturating_add(Amount::from_hetu(5));
    assert_eq!(Amount::from_hetu(1_000_000).checked_sub(held), Some(spent));
    let staked = scene.change(&["stake", "add", "6"]);
    let functions = staked["transactions"].as_array().unwrap().iter();
    let functions: Vec<_> = functions.map(|transaction| &transaction["function"]).collect();
    assert_eq!(functions, ["deposit", "approve", "addGlobalStake"]);

    let text = scene.run(&["token", "unwrap", "5", "--yes"]);
    text.assert_failed(CHAIN, "INSUFFICIENT_BALANCE");
    assert!(text.stderr.contains("hint: "), "{}", text.stderr);
    let text = scene.run(&["token", "wrap", "1", "-y"]);
    assert!(text.stdout.contains("done: turn 1 HETU into WHETU"), "{}", text.stdout);
    assert!(text.stderr.contains("✔ included in block"), "{}", text.stderr);
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_is_sent() {
    let scene = scene();
    scene.run(&["token", "wrap", "5"]).assert_failed(USAGE, "--yes");
    let mut command = scene.command(&["token", "wrap", "5", "--yes"]);
    let ended = Ended::from(command.env_remove("HETU_PASSWORD").output().unwrap());
    ended.assert_failed(USAGE, "--password-file");
    assert_eq!(scene.transactions_of(scene.address(2)), 0);
}

#[test]
fn passwords_come_from_a_file_too_and_wrong_ones_send_nothing() {
    let scene = scene();
    let file = scene.home.path().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let wrap = ["token", "wrap", "5", "--yes"];
    let with_file = [&wrap[..], &["--password-file", file.to_str().unwrap()]].concat();
    let mut command = scene.command(&with_file);
    let ended = Ended::from(command.env("HETU_PASSWORD", "wrong").output().unwrap());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let mut command = scene.command(&wrap);
    let ended = Ended::from(command.env("HETU_PASSWORD", "wrong").output().unwrap());
    ended.assert_failed(OTHER, "wrong password");
    assert_eq!(scene.transactions_of(scene.address(2)), 1);
}

#[test]
fn the_only_wallet_is_meant_unless_one_is_named() {
    let scene = Scene::new();
    let wrap = ["token", "wrap", "5", "--yes", "--json"];
    scene.run(&wrap).assert_failed(NOT_FOUND, "hetu wallet create");
    scene.run(&["token", "balance"]).assert_failed(NOT_FOUND, "hetu wallet create");
    let me = scene.keep("me", 2);
    assert_eq!(scene.run(&wrap).json()["account"], me.to_string());

    let other = scene.keep("other", 3);
    scene.run(&wrap).assert_failed(USAGE, "me, other");
    let named = |wallet: &str| scene.run(&[&wrap[..], &["--wallet", wallet]].concat());
    assert_eq!(named("other").json()["account"], other.to_string());
    assert_eq!(named(&other.to_string()).json()["account"], other.to_string());
    named("nobody").assert_failed(NOT_FOUND, "nobody");
    named("0x70997970c51812dc3A010C7d01b50e0d17dc79C8").assert_failed(USAGE, "address");

    let mut command = scene.command(&wrap);
    let ended = Ended::from(command.env("HETU_WALLET", "other").output().unwrap());
    assert_eq!(ended.json()["account"], other.to_string());
}

#[test]
fn an_account_without_a_key_can_try_but_not_send() {
    let scene = Scene::new();
    let account = scene.address(5).to_string();
    let plan = scene.read(&["token", "wrap", "5", "--dry-run", "--wallet", &account]);
    assert_eq!(plan["account"], account);
    let ended = scene.run(&["token", "wrap", "5", "--yes", "--wallet", &account]);
    ended.assert_failed(NOT_FOUND, "no key file");
}

#[test]
fn too_little_money_is_told_before_anything_is_sent() {
    let scene = Scene::new();
    scene.keep_wallet("poor", &Wallet::random());
    for command in [["stake", "add"], ["token", "wrap"]] {
        let ended = scene.run(&[&command[..], &["5", "--yes"]].concat());
        ended.assert_failed(CHAIN, "holds 0 HETU");
    }
    scene.run(&["token", "wrap", "5", "--dry-run"]).assert_failed(CHAIN, "holds 0 HETU");
}

#[test]
fn refusals_are_told_with_what_to_do_as_json_too() {
    let scene = scene();
    let ended = scene.run(&["stake", "remove", "1", "--yes", "--json"]);
    ended.assert_failed(CHAIN, "INSUFFICIENT_STAKE");
    let error: serde_json::Value = serde_json::from_str(&ended.stderr).unwrap();
    assert!(error["hint"].as_str().unwrap().contains("hetu stake show"), "{error}");
    assert_eq!(scene.transactions_of(scene.address(2)), 0);
}

#[test]
fn amounts_that_are_none_and_nodes_that_are_not_there_are_told_apart() {
    let scene = scene();
    for amount in ["-1", "1e18", "0.0000000000000000001", "lots"] {
        let ended = scene.run(&["token", "wrap", "--yes", "--", amount]);
        assert_eq!(ended.code, Some(USAGE), "{}", ended.stderr);
    }
    let mut command = scene.command(&["token", "wrap", "1", "--yes"]);
    let ended = Ended::from(command.env("HETU_RPC_URL", "http://127.0.0.1:1").output().unwrap());
    ended.assert_failed(REMOTE, "127.0.0.1:1");
}

#[test]
fn confirmations_are_waited_for() {
    let scene = scene();
    let wrap = ["token", "wrap", "1", "--yes", "--json", "--confirmations", "3"];
    let mut child = scene.start(&wrap);
    sent_by(&mut child);
    let mut head = 0;
    while child.try_wait().unwrap().is_none() {
        head = scene.mine(1);
    }
    let ended = Ended::from(child.wait_with_output().unwrap());
    let block = ended.json()["transactions"][0]["block"].as_u64().unwrap();
    assert!(head >= block + 2, "block {block}, head {head}");
}

#[test]
fn an_interrupted_command_is_known_to_the_next_one() {
    let scene = scene();
    let friend = scene.address(5);
    let before = scene.runtime.block_on(scene.hetu(0).tokens().balance(friend)).unwrap();
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Manual));
    let transfer = ["token", "transfer", &friend.to_string(), "10", "--yes"];
    let mut child = scene.start(&transfer);
    let hash = sent_by(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();

    let waits = scene.run(&transfer);
    waits.assert_failed(OTHER, &hash.to_string());
    assert!(waits.stderr.contains("waits for a block"), "{}", waits.stderr);
    let status = scene.read(&["tx", "status", &hash.to_string()]);
    assert_documented("hetu tx status", &status);
    assert_eq!(status["status"], "waiting");

    scene.runtime.block_on(scene.devnet.set_mining(Mining::Instant));
    scene.mine(1);
    let included = scene.run(&transfer);
    included.assert_failed(OTHER, "was included in block");
    assert_eq!(scene.read(&["tx", "status", &hash.to_string()])["succeeded"], true);
    let held = || scene.runtime.block_on(scene.hetu(0).tokens().balance(friend)).unwrap();
    assert_eq!(held().checked_sub(before), Some(Amount::from_hetu(10)), "it was paid once");

    scene.change(&["token", "transfer", &friend.to_string(), "10"]);
    assert_eq!(held().checked_sub(before), Some(Amount::from_hetu(20)));
}

#[test]
fn what_waits_can_be_replaced_and_cancelled() {
    let scene = scene();
    scene.runtime.block_on(scene.devnet.set_mining(Mining::Manual));
    let interrupted = || {
        let mut child = scene.start(&["token", "wrap", "1", "--yes"]);
        let hash = sent_by(&mut child).to_string();
        child.kill().unwrap();
        child.wait().unwrap();
        hash
    };
    // The chain mines blocks only after the node has dropped the first transaction, so that they
    // include its replacement.
    let mend = |command: &str, hash: &str| {
        let mut child = scene.start(&["tx", command, hash, "--yes", "--json"]);
        while scene.run(&["tx", "status", hash]).code != Some(NOT_FOUND) {
            assert!(child.try_wait().unwrap().is_none());
        }
        while child.try_wait().unwrap().is_none() {
            scene.mine(1);
        }
        Ended::from(child.wait_with_output().unwrap())
    };

    let hash = interrupted();
    scene.run(&["tx", "cancel", &hash]).assert_failed(USAGE, "--yes");
    let cancelled = mend("cancel", &hash);
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.stderr);
    assert_documented("hetu tx cancel", &cancelled.json()["result"]);
    assert_eq!(scene.read(&["token", "balance"])["whetu"], "0");
    scene.run(&["tx", "status", &hash]).assert_failed(NOT_FOUND, "replaced");

    let hash = interrupted();
    let replaced = mend("replace", &hash);
    assert_eq!(replaced.code, Some(0), "{}", replaced.stderr);
    assert_documented("hetu tx replace", &replaced.json()["result"]);
    assert_eq!(scene.read(&["token", "balance"])["whetu"], "1");
}

/// Reads the output of `child` until it has sent a transaction, and returns its hash.
pub(crate) fn sent_by(child: &mut Child) -> TxHash {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines {
        let line = line.unwrap();
        if let Some(sent) = line.strip_prefix("✔ sent ") {
            return sent.split(',').next().unwrap().parse().unwrap();
        }
        said += &line;
    }
    panic!("it sent nothing: {said}");
}
