//! Tests of `hetu network` without a network.

use std::fs;
use std::net::TcpListener;

use hetu_devnet::Devnet;
use serde_json::json;

use crate::run::{Ended, Home, NOT_FOUND, REMOTE, USAGE};
use crate::scene::Scene;

#[test]
fn an_unknown_network_names_the_known_ones() {
    let ended = Home::new().run(&["network", "check", "--network", "nowhere"]);
    ended.assert_failed(NOT_FOUND, "unknown network nowhere: the known ones are local");
}

#[test]
fn a_node_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let output = Home::new().command(&["network", "check"]).env("HETU_RPC_URL", &url).output();
    Ended::from(output.unwrap()).assert_failed(REMOTE, &url);
}

#[test]
fn credentials_of_an_endpoint_are_not_printed() {
    let url = "http://me:secret@127.0.0.1:1/v1/secret";
    for arguments in [["network", "list"], ["network", "check"]] {
        let output = Home::new().command(&arguments).env("HETU_RPC_URL", url).output();
        let ended = Ended::from(output.unwrap());
        assert!(!ended.stdout.contains("secret") && !ended.stderr.contains("secret"));
    }
}

#[test]
fn errors_are_json_where_results_are() {
    let ended = Home::new().run(&["network", "check", "--network", "nowhere", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&ended.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().contains("nowhere"));
}

#[test]
fn a_wrong_command_is_a_usage_error() {
    Home::new().run(&["subnet", "show", "many"]).assert_failed(USAGE, "many");
    Home::new().run(&["dance"]).assert_failed(USAGE, "dance");
}

const CONTRACTS: &str = r#"{
    "WHETU_TOKEN": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "GLOBAL_STAKING": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    "AMM_FACTORY": "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
    "SUBNET_MANAGER": "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9",
    "NEURON_MANAGER": "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9",
    "WEIGHTS": "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707",
    "comment": "of the Python SDK"
}"#;

/// Returns a home with a file of addresses, and a function that returns the arguments to add its
/// network.
fn home_with_addresses() -> (Home, impl Fn(&[&str]) -> Vec<String>) {
    let home = Home::new();
    let file = home.path().join("addresses.json");
    fs::write(&file, CONTRACTS).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let arguments = move |options: &[&str]| {
        let fixed = ["network", "add", "--addresses", &file, "--json"];
        fixed.iter().chain(options).map(|argument| (*argument).to_owned()).collect()
    };
    (home, arguments)
}

fn run(home: &Home, arguments: &[String]) -> Ended {
    home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_network_is_made_of_an_endpoint_and_a_file_of_addresses() {
    let (home, add) = home_with_addresses();
    let urls = "https://me:secret@one.example/secret,wss://two.example";
    let options = ["--name", "mynet", "--chain-id", "560001", "--rpc", urls, "--unchecked"];
    let added = run(&home, &add(&options));
    assert_eq!(added.json(), json!(["mynet"]));
    assert!(added.stderr.contains("not about contracts: comment"), "{}", added.stderr);
    let listed = home.run(&["network", "list", "--json"]).json();
    assert_eq!(listed[1]["chain_id"], 560_001);
    assert_eq!(listed[1]["endpoints"], json!(["https://one.example/…", "wss://two.example"]));
    run(&home, &add(&options)).assert_failed(1, "there is a network mynet already");
}

#[test]
fn the_test_network_needs_its_addresses_only() {
    let (home, add) = home_with_addresses();
    home.run(&["network", "check", "--network", "testnet"])
        .assert_failed(NOT_FOUND, "the known ones are local");
    let added = run(&home, &add(&["--name", "testnet", "--unchecked"]));
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let listed = home.run(&["network", "list", "--json"]).json();
    assert_eq!((&listed[1]["name"], &listed[1]["chain_id"]), (&json!("testnet"), &json!(560_000)));
}

#[test]
fn a_network_that_is_not_what_it_says_is_not_added() {
    let (home, add) = home_with_addresses();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let reached = ["--name", "mynet", "--chain-id", "1", "--rpc", &url];
    run(&home, &add(&reached)).assert_failed(REMOTE, &url);
    for (options, reason) in [
        (&["--name", "mynet", "--rpc", &url, "--unchecked"][..], "--chain-id"),
        (&["--name", "mynet", "--chain-id", "1"], "--rpc"),
        (&["--name", "mynet", "--chain-id", "1", "--rpc", "ws://127.0.0.1:1"], "http or https"),
        (&["--name", "mynet", "--chain-id", "1", "--rpc", "ftp://secret@x"], "not an RPC url"),
        (&[], "--name"),
    ] {
        let refused = run(&home, &add(options));
        refused.assert_failed(USAGE, reason);
        assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
    }
    fs::write(home.path().join("addresses.json"), "{}").unwrap();
    run(&home, &add(&reached)).assert_failed(USAGE, "no address of whetu");
    assert!(!home.path().join("networks.toml").exists());
    home.run(&["network", "add"]).assert_failed(USAGE, "FILE");
}

#[test]
fn a_network_is_made_of_what_its_node_says() {
    for (published, described) in [(false, "complete"), (true, "published functions alone")] {
        let scene = Scene::of(Devnet::builder().chain_id(4_242).published_interface(published));
        let (home, add) = home_with_addresses();
        let options = ["--name", "mynet", "--rpc", &scene.devnet.http_url()];
        let added = run(&home, &add(&options));
        assert_eq!(added.code, Some(0), "{}", added.stderr);
        assert!(added.stderr.contains("chain 4242"), "{}", added.stderr);
        assert!(added.stderr.contains(described), "{}", added.stderr);
        let shown = home.run(&["network", "show", "--network", "mynet", "--json"]).json();
        assert_eq!(shown["chain_id"], 4_242);
    }
}

/// Covers the names and the endpoints with which `hetu network check` finds the network.
#[test]
fn an_option_counts_for_more_than_a_variable_and_a_variable_for_more_than_a_file() {
    let (home, add) = home_with_addresses();
    for (name, url) in [("first", "http://127.0.0.1:1"), ("second", "http://127.0.0.1:2")] {
        run(&home, &add(&["--name", name, "--chain-id", "1", "--rpc", url, "--unchecked"]));
    }
    let check = |options: &[&str], variables: &[(&str, &str)]| {
        let arguments = [&["network", "check"], options].concat();
        let output = home.command(&arguments).envs(variables.iter().copied()).output().unwrap();
        Ended::from(output)
    };
    let by_variable = [("HETU_NETWORK", "first")];
    check(&[], &by_variable).assert_failed(REMOTE, "http://127.0.0.1:1");
    check(&["--network", "second"], &by_variable).assert_failed(REMOTE, "http://127.0.0.1:2");
    let redirected = [("HETU_NETWORK", "first"), ("HETU_RPC_URL", "http://127.0.0.1:3")];
    check(&[], &redirected).assert_failed(REMOTE, "http://127.0.0.1:3");
    let wrong = [("HETU_RPC_URL", "http://me:secret@127.0.0.1:x")];
    let refused = check(&[], &wrong);
    refused.assert_failed(1, "HETU_RPC_URL: ");
    assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
    let elsewhere = Home::new();
    check(&["--home", elsewhere.path().to_str().unwrap()], &by_variable)
        .assert_failed(NOT_FOUND, "unknown network first");
}
