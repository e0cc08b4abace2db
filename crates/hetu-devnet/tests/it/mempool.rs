use alloy_consensus::{TxEip1559, TxEip4844, TxEip4844Variant, TxEip7702};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use hetu_devnet::{Devnet, DevnetLimits, Mining};
use serde_json::{Value, json};

use crate::support::{Net, bare, number};

const BOB: Address = Address::repeat_byte(0xb0);
const GWEI: u128 = 1_000_000_000;

async fn by_hand(change: impl FnOnce(&mut DevnetLimits)) -> Net {
    let mut limits = DevnetLimits::default();
    change(&mut limits);
    let builder = Devnet::builder().with_contracts(false).mining(Mining::Manual).limits(limits);
    Net::spawn(builder).await
}

/// Sends a transaction and returns the reason of the refusal.
async fn refused(net: &Net, account: usize, transaction: TxEip1559) -> String {
    let raw = net.sign(account, transaction);
    let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(error.code(), -32_000);
    error.message().to_owned()
}

async fn status(net: &Net) -> (u64, u64) {
    let status: Value = net.get("txpool_status", json!([])).await;
    (number(&status["pending"]), number(&status["queued"]))
}

#[tokio::test]
async fn the_pool_shows_what_can_run_and_what_waits_for_it() {
    let net = by_hand(|_| {}).await;
    let first = net.transfer(0, BOB, 1).await;
    let creation = TxEip1559 { nonce: 5, to: TxKind::Create, gas_limit: 60_000, ..first.clone() };
    let pending = net.send(0, first).await;
    let queued = net.send(0, creation).await;
    assert_eq!(status(&net).await, (1, 1));

    let sender = json!(net.address(0)).as_str().unwrap().to_owned();
    let content: Value = net.get("txpool_content", json!([])).await;
    let expected: Value = net.get("eth_getTransactionByHash", json!([pending])).await;
    assert_eq!(content["pending"], json!({&sender: {"0": expected}}));
    assert_eq!(content["queued"][&sender]["5"]["hash"], json!(queued));
    let summary: Value = net.get("txpool_inspect", json!([])).await;
    let transfer = format!("{}: 1 wei + 21000 gas × 10000000000 wei", json!(BOB).as_str().unwrap());
    assert_eq!(summary["pending"][&sender]["0"], json!(transfer));
    let creation = "contract creation: 1 wei + 60000 gas × 10000000000 wei";
    assert_eq!(summary["queued"][&sender]["5"], json!(creation));

    net.devnet.mine(1).await;
    assert_eq!(status(&net).await, (0, 1));
}

#[tokio::test]
async fn behind_a_gap_an_account_has_room_for_some() {
    let net = by_hand(|limits| limits.queued_per_account = 2).await;
    let first = net.transfer(0, BOB, 1).await;
    let at = |nonce| TxEip1559 { nonce, ..first.clone() };
    net.send(0, at(4)).await;
    let farthest = net.send(0, at(9)).await;
    let reason = refused(&net, 0, at(10)).await;
    assert_eq!(reason, "account limit exceeded: 2 transactions wait behind a gap in the nonces");
    // A nearer nonce replaces the farthest.
    net.send(0, at(2)).await;
    let gone: Value = net.get("eth_getTransactionByHash", json!([farthest])).await;
    assert_eq!(gone, Value::Null);
    // Another account has its own limit, and executable transactions do not count.
    net.send(1, TxEip1559 { nonce: 3, ..net.transfer(1, BOB, 1).await }).await;
    for nonce in [0, 1, 3] {
        net.send(0, at(nonce)).await;
    }
    assert_eq!(status(&net).await, (5, 1));
    net.devnet.mine(1).await;
    assert_eq!(net.nonce(0).await, 5);
}

#[tokio::test]
async fn a_full_pool_prefers_who_pays_more() {
    let net = by_hand(|limits| limits.waiting_transactions = 3).await;
    let with_tip = async |account, tip| TxEip1559 {
        max_priority_fee_per_gas: tip * GWEI,
        ..net.transfer(account, BOB, 1).await
    };
    let cheap = net.send(0, with_tip(0, 2).await).await;
    net.send(1, with_tip(1, 3).await).await;
    net.send(2, with_tip(2, 4).await).await;
    let reason = refused(&net, 3, with_tip(3, 2).await).await;
    assert!(reason.starts_with("transaction underpriced"), "{reason}");
    let better = net.send(3, with_tip(3, 5).await).await;
    let gone: Value = net.get("eth_getTransactionByHash", json!([cheap])).await;
    assert_eq!(gone, Value::Null);
    net.devnet.mine(1).await;
    let mined = net.block("latest").await["transactions"].clone();
    assert_eq!(mined[0], json!(better));
    assert_eq!(mined.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn who_alone_fills_the_pool_gets_no_more_in() {
    let net = by_hand(|limits| limits.waiting_transactions = 2).await;
    let first = net.transfer(0, BOB, 1).await;
    for nonce in 0..2 {
        net.send(0, TxEip1559 { nonce, ..first.clone() }).await;
    }
    let third = TxEip1559 { nonce: 2, ..first };
    assert_eq!(refused(&net, 0, third).await, "txpool is full");
}

#[tokio::test]
async fn an_account_cannot_promise_more_than_it_has() {
    let net = by_hand(|_| {}).await;
    let hetu = U256::from(10).pow(U256::from(18));
    let first = TxEip1559 { value: U256::from(600_000) * hetu, ..net.transfer(0, BOB, 0).await };
    let second = TxEip1559 { nonce: 1, ..first.clone() };
    net.send(0, first.clone()).await;
    let reason = refused(&net, 0, second.clone()).await;
    assert!(reason.starts_with("insufficient funds for gas * price + value: balance 1000000"));
    assert!(reason.contains("queued cost 600000"), "{reason}");
    // The balance check of a replacement ignores the transaction that it replaces.
    let cheaper = TxEip1559 {
        value: U256::from(1),
        max_fee_per_gas: first.max_fee_per_gas * 2,
        max_priority_fee_per_gas: first.max_priority_fee_per_gas * 2,
        ..first
    };
    net.send(0, cheaper).await;
    net.send(0, second).await;
    assert_eq!(status(&net).await, (2, 0));
}

#[tokio::test]
async fn a_replacement_has_to_raise_both_fee_and_tip_by_a_tenth() {
    let net = by_hand(|_| {}).await;
    let first = net.transfer(0, BOB, 1).await;
    let old = net.send(0, first.clone()).await;
    let priced = |fee: u128, tip: u128| TxEip1559 {
        max_fee_per_gas: fee,
        max_priority_fee_per_gas: tip,
        ..first.clone()
    };
    for (fee, tip) in [(11 * GWEI, GWEI), (10 * GWEI, 2 * GWEI), (11 * GWEI - 1, 2 * GWEI)] {
        let reason = refused(&net, 0, priced(fee, tip)).await;
        assert_eq!(reason, "replacement transaction underpriced");
    }
    assert_eq!(refused(&net, 0, first.clone()).await, "already known");
    let new = net.send(0, priced(11 * GWEI, GWEI * 11 / 10)).await;
    net.devnet.mine(1).await;
    assert_eq!(net.block("latest").await["transactions"], json!([new]));
    let replaced: Value = net.get("eth_getTransactionByHash", json!([old])).await;
    assert_eq!(replaced, Value::Null);
}

#[tokio::test]
async fn a_waiting_transaction_can_be_dropped() {
    let net = by_hand(|_| {}).await;
    let hash = net.send(0, net.transfer(0, BOB, 1).await).await;
    let dropped: Option<B256> = net.get("anvil_dropTransaction", json!([hash])).await;
    assert_eq!(dropped, Some(hash));
    let again: Option<B256> = net.get("anvil_dropTransaction", json!([hash])).await;
    assert_eq!(again, None);
    net.devnet.mine(1).await;
    assert_eq!(net.block("latest").await["transactions"], json!([]));
    assert_eq!(net.nonce(0).await, 0);
}

#[tokio::test]
async fn what_no_block_can_hold_does_not_wait() {
    let net = bare().await;
    let first = net.transfer(0, BOB, 1).await;
    let long =
        TxEip1559 { input: vec![0; 128 << 10].into(), gas_limit: 9_000_000, ..first.clone() };
    let reason = refused(&net, 0, long).await;
    assert!(reason.starts_with("oversized data: transaction size 131"), "{reason}");
    assert!(reason.ends_with("limit 131072"));
    let from = net.address(0);
    let long = json!({"from": from, "to": BOB, "gas": "0x989680", "input": Bytes::from(vec![0; 128 << 10])});
    let error = net.refused("eth_sendTransaction", json!([long])).await;
    assert!(error.message().starts_with("oversized data"), "{error}");
    let initial_code = TxEip1559 {
        to: TxKind::Create,
        input: vec![0; 49_153].into(),
        gas_limit: 9_000_000,
        ..first.clone()
    };
    let reason = refused(&net, 0, initial_code).await;
    assert!(reason.starts_with("max initcode size exceeded"), "{reason}");
    let last = TxEip1559 { nonce: u64::MAX, ..first };
    assert_eq!(refused(&net, 0, last).await, "nonce has max value");
    assert_eq!(status(&net).await, (0, 0));
}

#[tokio::test]
async fn types_that_the_chain_does_not_know_are_refused() {
    let net = bare().await;
    let TxEip1559 { chain_id, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, .. } =
        net.transfer(0, BOB, 1).await;
    let with_blobs = TxEip4844 {
        chain_id,
        gas_limit,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        max_fee_per_blob_gas: 1,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let with_blobs: TxEip4844Variant = TxEip4844Variant::TxEip4844(with_blobs);
    let with_code = TxEip7702 {
        chain_id,
        gas_limit,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        ..TxEip7702::default()
    };
    let raws: [Bytes; 2] = [net.sign(0, with_blobs), net.sign(0, with_code)];
    for raw in raws {
        let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(error.message(), "transaction type not supported");
    }
}
