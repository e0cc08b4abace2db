//! Fees of commands behind a node that reports the gas price.

use hetu::Amount;
use serde_json::json;

use crate::lying_node;
use crate::run::{CHAIN, Ended};
use crate::scene::Scene;

/// The price of ten HETU for a unit of gas.
const EXCESSIVE: &str = "0x8ac7230489e80000";

fn transfer(scene: &Scene, node: &str, options: &[&str]) -> Ended {
    let to = scene.address(3).to_string();
    let arguments = ["token", "transfer", &to, "1", "--yes", "--json"];
    let mut command = scene.command(&[&arguments, options].concat());
    Ended::from(command.env("HETU_RPC_URL", node).output().unwrap())
}

fn fee(ended: &Ended) -> Amount {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.json()["transactions"][0]["fee"].as_str().unwrap().parse().unwrap()
}

// Regression test: a node that reported the tip took 209,829 HETU for a transfer of 1 HETU that was
// sent with --yes.
#[test]
fn transfer_through_lying_node_pays_bounded_fee() {
    let scene = Scene::new();
    scene.keep("me", 2);
    let tip = lying_node::Lies::from([("eth_maxPriorityFeePerGas", json!(EXCESSIVE))]);
    let node = lying_node::start(scene.devnet.address(), tip);
    let paid = fee(&transfer(&scene, &node, &[]));
    assert!(paid < "0.01".parse().unwrap(), "{paid}");
}

#[test]
fn fee_above_ceiling_is_refused_unless_option_raises_it() {
    let scene = Scene::new();
    scene.keep("me", 2);
    // At 100,000 gwei for a unit of gas, a transfer costs more than 2 HETU.
    let price = "0x5af3107a4000";
    let node = lying_node::start(
        scene.devnet.address(),
        lying_node::Lies::from([
            ("eth_maxPriorityFeePerGas", json!(price)),
            ("eth_feeHistory", json!({ "oldestBlock": "0x1", "reward": [[price]] })),
        ]),
    );
    let refused = transfer(&scene, &node, &[]);
    refused.assert_failed(CHAIN, "--max-fee");
    assert!(refused.stderr.contains("1 HETU are allowed"), "{}", refused.stderr);
    assert_eq!(scene.transactions_of(scene.address(2)), 0);
    assert!(fee(&transfer(&scene, &node, &["--max-fee", "3"])) > Amount::from_hetu(1));
    let named = fee(&transfer(&scene, &node, &["--priority-fee", "2"]));
    assert!(named < "0.01".parse().unwrap(), "{named}");
}
