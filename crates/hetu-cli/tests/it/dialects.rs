//! Commands at nodes that answer as real ones do, from public reports.

use hetu::Amount;
use serde_json::{Value, json};

use crate::documented::assert_documented;
use crate::lying_node;
use crate::run::{CHAIN, Ended, REMOTE};
use crate::scene::Scene;

/// The encoding of `Error(string)` with `INSUFFICIENT_STAKE`, without `0x`.
const REASON: &str = "08c379a0\
    0000000000000000000000000000000000000000000000000000000000000020\
    0000000000000000000000000000000000000000000000000000000000000012\
    494e53554646494349454e545f5354414b450000000000000000000000000000";

fn run_at(scene: &Scene, node: &str, arguments: &[&str]) -> Ended {
    Ended::from(scene.command(arguments).env("HETU_RPC_URL", node).output().unwrap())
}

#[test]
fn revert_forms_end_with_exit_3_and_reason() {
    let scene = Scene::new();
    scene.keep("me", 2);
    let with = format!("0x{REASON}");
    let forms = [
        json!({ "code": 3, "message": "execution reverted", "data": with }),
        json!({ "code": -32_015, "message": "VM execution error.", "data": format!("Reverted {with}") }),
        json!({ "code": -32_000, "message": "execution reverted: INSUFFICIENT_STAKE" }),
        json!({ "code": -32_603, "message": "Internal error", "data": { "data": with } }),
        json!({ "code": -32_603, "message": "no", "data": { "originalError": { "data": with } } }),
        json!({ "code": -32_000, "message": "VM Exception while processing transaction: revert INSUFFICIENT_STAKE" }),
        json!({ "code": -32_000, "message": "execution reverted", "data": REASON }),
        json!("execution reverted: INSUFFICIENT_STAKE"),
    ];
    for form in forms {
        let error = form.clone();
        let node = lying_node::start_keeping(scene.devnet.address(), "", move |_, answer| {
            if answer.get("error").is_some() {
                answer["error"] = error.clone();
            }
        });
        let ended = run_at(&scene, &node, &["stake", "remove", "5", "--dry-run"]);
        ended.assert_failed(CHAIN, "INSUFFICIENT_STAKE");
    }
}

#[test]
fn envelope_null_result_refused_transfer_is_not_resent_by_next_command() {
    let scene = Scene::new();
    let me = scene.keep("me", 2);
    let refuses = |call: &Value, answer: &mut Value| {
        if call["method"] == "eth_sendRawTransaction" {
            let error = json!({ "code": -32_000, "message": "transaction underpriced" });
            *answer = json!({ "id": call["id"], "result": null, "error": error });
        }
    };
    let node = lying_node::start_keeping(scene.devnet.address(), "eth_sendRawTransaction", refuses);
    let to = scene.address(3).to_string();
    let transfer = |amount: &str, node: &str| {
        run_at(&scene, node, &["token", "transfer", &to, amount, "--yes", "--json"])
    };
    transfer("1", &node).assert_failed(REMOTE, "transaction underpriced");
    let sent = transfer("2", &scene.devnet.http_url());
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_eq!(scene.transactions_of(me), 1, "the refused one is not sent again");
}

#[test]
fn network_check_reports_what_node_supports() {
    let scene = Scene::new();
    let node = lying_node::start_keeping(scene.devnet.address(), "", |call, answer| {
        if call["params"][1].get("blockHash").is_some() {
            let error = json!({ "code": -32_602, "message": "cannot unmarshal object" });
            *answer = json!({ "id": call["id"], "error": error });
        }
    });
    let checked = run_at(&scene, &node, &["network", "check", "--json"]).json();
    let found = &checked["nodes"][0];
    assert_eq!((&found["eip_1898"], &found["reads_blocks_by"]), (&json!(false), &json!("number")));
    assert_eq!((&found["batch_calls"], &found["state_override"]), (&json!(100), &json!(true)));
    assert!(found["log_blocks"].as_u64() > Some(0), "{found}");
    let fee: Amount = found["base_fee"].as_str().unwrap().parse().unwrap();
    assert!(fee > Amount::ZERO && fee < "0.001".parse().unwrap(), "in HETU: {fee}");

    let good = scene.devnet.http_url();
    assert_documented(
        "hetu network check",
        &run_at(&scene, &good, &["network", "check", "--json"]).json(),
    );
    let text = run_at(&scene, &good, &["network", "check"]).stdout;
    for part in ["by hash (EIP-1898)", "up to 100 calls", "state override", "base fee"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
