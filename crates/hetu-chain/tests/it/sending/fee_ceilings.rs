//! Nodes that report the price of gas themselves, and the fees that result.
//!
//! Every value that determines the gas fee of a transaction comes from a node. A node that lies
//! about any of them must not take more of a wallet than the caller allowed.

use std::path::Path;
use std::time::Duration;

use hetu_chain::client::{FeeLedgerError, PolicyViolation, SendOptions, SpendPolicy};
use hetu_chain::network::FeeCeilings;
use hetu_chain::{Amount, ChainError, Hetutensor, Network, TxHash};
use serde_json::{Value, json};

use super::script::ScriptedNode;
use super::{Fault, Scene, rpc, wei};

const ALWAYS: usize = usize::MAX;
const SEND: &str = "eth_sendRawTransaction";
const TIP: &str = "eth_maxPriorityFeePerGas";
const HISTORY: &str = "eth_feeHistory";
const BLOCK: &str = "eth_getBlockByNumber";
/// The price of ten HETU for a unit of gas.
const EXCESSIVE: &str = "0x8ac7230489e80000";
const GWEI: u128 = 1_000_000_000;

fn history(tip: &str) -> Fault {
    Fault::Result(json!({ "oldestBlock": "0x1", "reward": vec![vec![tip]; 10] }))
}

/// Makes the node lie in these answers.
fn lie(node: &ScriptedNode, lies: &[(&'static str, Fault)]) {
    for (method, fault) in lies {
        node.fail(method, ALWAYS, fault.clone());
    }
}

fn excessive() -> Fault {
    Fault::Result(json!(EXCESSIVE))
}

/// Returns the methods to make each price excessive.
fn lies() -> Vec<(&'static str, Vec<(&'static str, Fault)>)> {
    let base_fee = |fee: &str| Fault::With(vec![("baseFeePerGas", json!(fee))]);
    let block_of = |gas: &str| Fault::With(vec![("gasLimit", json!(gas))]);
    let gas = |gas: &str| Fault::Result(json!(gas));
    let without = Fault::Without(&["baseFeePerGas"]);
    vec![
        ("tip and history", vec![(TIP, excessive()), (HISTORY, history(EXCESSIVE))]),
        ("base fee", vec![(BLOCK, base_fee(EXCESSIVE))]),
        ("largest base fee", vec![(BLOCK, base_fee("0xffffffffffffffff"))]),
        ("price without base fee", vec![(BLOCK, without), ("eth_gasPrice", excessive())]),
        (
            "gas estimate",
            vec![
                (BLOCK, block_of("0xffffffffffffffff")),
                ("eth_estimateGas", gas("0xfffffffffffffff")),
            ],
        ),
        (
            "largest gas estimate",
            vec![
                (BLOCK, block_of("0xffffffffffffffff")),
                ("eth_estimateGas", gas("0xffffffffffffffff")),
            ],
        ),
    ]
}

fn is_above_ceiling(error: &ChainError) -> bool {
    matches!(error, ChainError::Policy(PolicyViolation::Fee { .. }))
}

async fn sent(scene: &Scene, transaction: TxHash) -> Value {
    rpc(&scene.chain, "eth_getTransactionByHash", json!([transaction])).await
}

fn tip_of(sent: &Value) -> u128 {
    u128::from_str_radix(&sent["maxPriorityFeePerGas"].as_str().unwrap()[2..], 16).unwrap()
}

// Regression test: a node that reports the fee could spend a whole balance on gas with one
// transaction of 1 HETU.
#[tokio::test]
async fn suggested_tip_out_of_proportion_is_reduced_to_bound() {
    let scene = Scene::new().await;
    scene.node.fail(TIP, ALWAYS, excessive());
    let receipt = scene.hetu.tokens().transfer(scene.friend, Amount::from_hetu(1)).await.unwrap();
    // The tips of the devnet's blocks are 0 or 1 gwei.
    let sent = sent(&scene, receipt.transaction).await;
    assert!(tip_of(&sent) <= 10 * GWEI, "{sent}");
    assert!(receipt.fee.unwrap() < wei(GWEI * 1_000_000), "{receipt:?}");
}

#[tokio::test]
async fn suggested_tip_follows_ten_times_median_of_recent_blocks() {
    let scene = Scene::new().await;
    for (median, expected) in [(3 * GWEI, 30 * GWEI), (GWEI / 100, GWEI), (0, GWEI)] {
        for method in [TIP, HISTORY] {
            scene.node.heal(method);
        }
        lie(&scene.node, &[(TIP, excessive()), (HISTORY, history(&format!("{median:#x}")))]);
        let receipt = scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
        let sent = sent(&scene, receipt.transaction).await;
        // Prices vary by a thousandth, so that transactions are distinguishable.
        let tip = tip_of(&sent);
        assert!((expected * 1_000 / 1_001..=expected).contains(&tip), "{median} {sent}");
    }
}

#[tokio::test]
async fn fee_lie_is_refused_by_default_ceiling_before_signing() {
    for (name, lies) in lies() {
        let scene = Scene::new().await;
        lie(&scene.node, &lies);
        let error = scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
        assert!(is_above_ceiling(&error), "{name}: {error}");
        let shown = error.to_string();
        assert!(shown.contains("1 HETU are allowed") && shown.contains("--max-fee"), "{shown}");
        let planned = scene.hetu.tokens().transfer(scene.friend, wei(1)).dry_run().await;
        assert!(is_above_ceiling(&planned.unwrap_err()), "{name}");
        assert!(scene.node.calls(SEND).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn replacement_at_excessive_price_is_refused_before_signing() {
    for (name, lies) in lies() {
        // The gas of a replacement is that of the original.
        if name.contains("estimate") {
            continue;
        }
        let scene = Scene::new().await;
        scene.automine(false).await;
        let mut stuck = scene.hetu.tokens().transfer(scene.friend, wei(5)).send().await.unwrap();
        lie(&scene.node, &lies);
        let bumped = stuck.bump_fees().await.unwrap_err();
        assert!(is_above_ceiling(&bumped), "{name}: {bumped}");
        let transactions = scene.hetu.transactions();
        let replaced = transactions.replace(stuck.hash()).await.unwrap_err();
        assert!(is_above_ceiling(&replaced), "{name}: {replaced}");
        let cancelled = transactions.cancel(stuck.hash()).await.unwrap_err();
        assert!(is_above_ceiling(&cancelled), "{name}: {cancelled}");
        assert_eq!(scene.node.calls(SEND).len(), 1, "{name}");
    }
}

#[tokio::test]
async fn fee_ceiling_is_raised_by_explicit_option_alone() {
    let scene = Scene::new().await;
    // This tip makes a transfer cost more than 2 HETU.
    let tip = format!("{:#x}", 100_000 * GWEI);
    lie(&scene.node, &[(TIP, Fault::Result(json!(tip))), (HISTORY, history(&tip))]);
    let transfer = |hetu: &Hetutensor| {
        let (hetu, friend) = (hetu.clone(), scene.friend);
        async move { hetu.tokens().transfer(friend, wei(1)).await }
    };
    assert!(is_above_ceiling(&transfer(&scene.hetu).await.unwrap_err()));

    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).max_fee(Amount::from_hetu(3));
    let receipt = call.await.unwrap();
    assert!(receipt.fee.unwrap() > Amount::from_hetu(1), "{receipt:?}");
    let mut options = SendOptions::default();
    options.max_fee = Some(Amount::from_hetu(3));
    transfer(&scene.hetu.clone().with_send_options(options.clone())).await.unwrap();
    let policy = |hetu| SpendPolicy::new().max_fee(Amount::from_hetu(hetu));
    transfer(&scene.hetu.clone().with_policy(policy(3))).await.unwrap();
    let both = scene.hetu.clone().with_policy(policy(2)).with_send_options(options);
    let receipt = transfer(&both).await.unwrap();
    assert!(receipt.fee.unwrap() <= Amount::from_hetu(2), "an option exceeds no policy");
    // A tip from the caller does not depend on the node, and stays within the ceiling.
    let mut options = SendOptions::default();
    options.max_priority_fee_per_gas = Some(wei(100_000 * GWEI));
    let named = scene.hetu.clone().with_send_options(options);
    assert!(is_above_ceiling(&transfer(&named).await.unwrap_err()));
}

#[tokio::test]
async fn fee_ceiling_of_network_is_its_own() {
    let scene = Scene::new().await;
    let mut network = scene.node.network();
    network.fees.max_per_transaction = wei(1);
    let hetu = Hetutensor::connect(network).await.unwrap().with_wallet(scene.chain.wallet(2));
    let error = hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    assert!(is_above_ceiling(&error), "{error}");
    assert_eq!(scene.node.network().fees, FeeCeilings::default());
}

/// Returns the network of several nodes in front of one chain.
fn network_of(nodes: &[&ScriptedNode]) -> Network {
    let mut network = nodes[0].network();
    network.endpoints = nodes.iter().flat_map(|node| node.network().endpoints).collect();
    network
}

#[tokio::test]
async fn one_lying_node_of_several_does_not_set_price() {
    for (name, lies) in lies() {
        // An estimate is the answer of one node. It is limited to the block gas limit, which is the
        // median of the nodes.
        let is_estimate = name.contains("estimate");
        let scene = Scene::new().await;
        let honest = ScriptedNode::before(&scene.chain.node).await;
        let other = ScriptedNode::before(&scene.chain.node).await;
        lie(&scene.node, &lies);
        for nodes in [vec![&scene.node, &honest], vec![&scene.node, &honest, &other]] {
            let hetu = Hetutensor::connect(network_of(&nodes)).await.unwrap();
            let hetu = hetu.with_wallet(scene.chain.wallet(2));
            match hetu.tokens().transfer(scene.friend, wei(1)).await {
                Ok(receipt) => {
                    let fee = receipt.fee.unwrap();
                    assert!(fee < wei(GWEI * 1_000_000), "{name}: {fee}");
                }
                Err(ChainError::TooMuchGas { .. }) if is_estimate => {}
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
}

async fn unattended(scene: &Scene, folder: &Path, ceiling: Amount) -> Hetutensor {
    let policy = SpendPolicy::new().max_daily_fee(ceiling);
    let hetu = Hetutensor::connect(scene.node.network()).await.unwrap();
    let hetu = hetu.with_wallet(scene.chain.wallet(2)).with_policy(policy);
    hetu.with_daily_fee_ceiling(folder).await.unwrap()
}

fn daily(outcome: Result<impl Sized, ChainError>) -> Amount {
    match outcome.err() {
        Some(ChainError::Policy(PolicyViolation::DailyFee { spent, .. })) => spent,
        other => panic!("{other:?}"),
    }
}

// The ceiling for one transaction does not protect an unattended program, which could pay it at
// every transaction.
#[tokio::test]
async fn daily_fee_ceiling_holds_across_restarts_and_connections() {
    let (scene, home) = (Scene::new().await, tempfile::tempdir().unwrap());
    let folder = home.path().join("fees");
    let planned = scene.hetu.tokens().transfer(scene.friend, wei(1)).dry_run().await.unwrap();
    // The ceiling suffices for two transfers and not for three.
    let ceiling = planned.max_fee().saturating_mul(5).checked_div(2).unwrap();
    for _ in 0..2 {
        let hetu = unattended(&scene, &folder, ceiling).await;
        hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    }
    let hetu = unattended(&scene, &folder, ceiling).await;
    let spent = daily(hetu.tokens().transfer(scene.friend, wei(1)).await);
    assert!(!spent.is_zero() && spent <= ceiling, "{spent}");
    assert_eq!(scene.mined().await, 2, "the third was not sent");
    // The network's own ceiling is ten HETU.
    let network_ceiling = scene.hetu.clone().with_daily_fee_ceiling(&folder).await.unwrap();
    network_ceiling.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    assert!(!scene.hetu.has_daily_fee_ceiling() && network_ceiling.has_daily_fee_ceiling());
}

#[tokio::test]
async fn daily_fee_counts_replacement_by_its_difference_and_refusal_not_at_all() {
    let (scene, home) = (Scene::new().await, tempfile::tempdir().unwrap());
    let planned = scene.hetu.tokens().transfer(scene.friend, wei(1)).dry_run().await.unwrap();
    let ceiling = planned.max_fee().saturating_mul(3).checked_div(2).unwrap();
    let hetu = unattended(&scene, home.path(), ceiling).await;
    scene.node.fail(SEND, 1, Fault::Error(-32_000, "exceeds block gas limit"));
    hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();

    scene.automine(false).await;
    let mut stuck = hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    stuck.bump_fees().await.unwrap();
    stuck.bump_fees().await.unwrap();
    daily(hetu.tokens().transfer(scene.friend, wei(1)).send().await);
    let mut bumps = 2;
    let refused = loop {
        match stuck.bump_fees().await {
            Ok(()) => bumps += 1,
            Err(error) => break Err::<(), _>(error),
        }
        assert!(bumps < 10, "every bump is an eighth more");
    };
    daily(refused);
}

#[tokio::test]
async fn unwritable_or_damaged_fee_ledger_lets_no_transaction_out() {
    let (scene, home) = (Scene::new().await, tempfile::tempdir().unwrap());
    let hetu = unattended(&scene, home.path(), Amount::from_hetu(1)).await;
    let files = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    let ledger = files.into_iter().find(|path| path.extension().unwrap() == "fees").unwrap();
    std::fs::write(&ledger, "{").unwrap();
    let error = hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    let is_damaged = matches!(error, ChainError::FeeLedger(FeeLedgerError::Damaged { .. }));
    assert!(is_damaged, "{error}");
    std::fs::remove_file(&ledger).unwrap();
    std::fs::create_dir(&ledger).unwrap();
    let error = hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::FeeLedger(FeeLedgerError::File { .. })), "{error}");
    assert!(scene.node.calls(SEND).is_empty());
    let deadline = Duration::from_secs(5);
    let waited = scene.hetu.tokens().transfer(scene.friend, wei(1)).deadline(deadline).await;
    assert!(waited.is_ok(), "an attended connection does not need the ledger: {waited:?}");
}
