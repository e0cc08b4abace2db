//! `hetu network` without a network.

use std::net::TcpListener;

use crate::run::{Ended, Home, NOT_FOUND, REMOTE, USAGE};

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
