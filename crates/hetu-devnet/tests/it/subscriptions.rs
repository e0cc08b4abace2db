use std::time::Duration;

use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, U256};
use hetu_devnet::{Devnet, Mining};
use jsonrpsee::core::client::{ClientT, Subscription, SubscriptionClientT};
use serde_json::{Value, json};

use crate::support::{Net, Params, bare, next, number, subscribe};

#[tokio::test]
async fn new_heads_are_told_in_order() {
    let net = bare().await;
    let client = net.ws().await;
    let mut heads = subscribe(&client, json!(["newHeads"])).await;
    net.devnet.mine(3).await;
    for height in 1..=3_u64 {
        let head = next(&mut heads).await;
        let block = net.block(U256::from(height)).await;
        assert_eq!(head["hash"], block["hash"]);
        assert_eq!(head["parentHash"], block["parentHash"]);
        assert_eq!(head.get("transactions"), None);
    }
    heads.unsubscribe().await.unwrap();
}

#[tokio::test]
async fn logs_are_told_to_who_filters_for_them() {
    let net = bare().await;
    let address = net.create_box().await;
    let client = net.ws().await;
    let wanted: B256 = U256::from(2).into();
    let filter = json!({"address": address, "topics": [null, wanted]});
    let mut logs = subscribe(&client, json!(["logs", filter])).await;
    net.fill_box(address, 1).await;
    let receipt = net.fill_box(address, 2).await;
    assert_eq!(next(&mut logs).await, receipt["logs"][0]);
}

#[tokio::test]
async fn what_a_revert_takes_away_is_told() {
    let net = bare().await;
    let address = net.create_box().await;
    let client = net.ws().await;
    let mut logs = subscribe(&client, json!(["logs", {}])).await;
    let mut heads = subscribe(&client, json!(["newHeads"])).await;
    let snapshot: Value = net.get("evm_snapshot", json!([])).await;
    let receipt = net.fill_box(address, 5).await;
    assert_eq!(next(&mut logs).await, receipt["logs"][0]);
    assert_eq!(next(&mut heads).await["hash"], receipt["blockHash"]);

    assert!(net.get::<bool>("evm_revert", json!([snapshot])).await);
    let mut removed = receipt["logs"][0].clone();
    removed["removed"] = json!(true);
    assert_eq!(next(&mut logs).await, removed);
    let receipt = net.fill_box(address, 6).await;
    assert_eq!(next(&mut logs).await, receipt["logs"][0]);
    assert_eq!(next(&mut heads).await["hash"], receipt["blockHash"]);
}

#[tokio::test]
async fn blocks_come_at_an_interval_and_hold_what_waited() {
    let builder =
        Devnet::builder().with_contracts(false).mining(Mining::Interval(Duration::from_millis(40)));
    let net = Net::spawn(builder).await;
    let client = net.ws().await;
    let mut heads = subscribe(&client, json!(["newHeads"])).await;
    let transaction = net.transfer(0, net.address(1), 1).await;
    let hash = net.send(0, transaction).await;
    loop {
        let head = next(&mut heads).await;
        if number(&head["gasUsed"]) > 0 {
            assert_eq!(net.receipt(hash).await["blockHash"], head["hash"]);
            break;
        }
    }
}

#[tokio::test]
async fn waiting_transactions_are_told_by_hash_or_in_full() {
    let net = bare().await;
    let client = net.ws().await;
    let mut hashes = subscribe(&client, json!(["newPendingTransactions"])).await;
    let mut bodies = subscribe(&client, json!(["newPendingTransactions", true])).await;
    let first = net.transfer(0, net.address(1), 1).await;
    // The transaction is mined before any client could read it, and is reported all the same.
    let hash = net.send(0, first.clone()).await;
    assert_eq!(next(&mut hashes).await, json!(hash));
    let body = next(&mut bodies).await;
    assert_eq!(body["hash"], json!(hash));
    assert_eq!(body["from"], json!(net.address(0)));
    assert_eq!(body["blockHash"], Value::Null);

    // Transactions behind a nonce gap cannot be mined; the one that fills the gap comes first.
    let third = net.send(0, TxEip1559 { nonce: 2, ..first.clone() }).await;
    let second = net.send(0, TxEip1559 { nonce: 1, ..first }).await;
    assert_eq!(next(&mut hashes).await, json!(second));
    assert_eq!(next(&mut hashes).await, json!(third));
}

#[tokio::test]
async fn who_unsubscribes_hears_nothing_more() {
    let net = bare().await;
    let client = net.ws().await;
    let id: Value = client.request("eth_subscribe", Params(json!(["newHeads"]))).await.unwrap();
    let unsubscribe = || client.request::<bool, _>("eth_unsubscribe", Params(json!([id])));
    assert!(unsubscribe().await.unwrap());
    assert!(!unsubscribe().await.unwrap());
    net.devnet.mine(1).await;
    let height: Value = client.request("eth_blockNumber", Params(json!([]))).await.unwrap();
    assert_eq!(height, "0x1");
}

#[tokio::test]
async fn other_subscriptions_are_refused() {
    let net = bare().await;
    let client = net.ws().await;
    for params in [json!(["syncing"]), json!(["weather"]), json!([])] {
        let refused: Result<Subscription<Value>, _> =
            client.subscribe("eth_subscribe", Params(params), "eth_unsubscribe").await;
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("use newHeads, logs or newPendingTransactions"), "{error}");
    }
    let backwards = json!(["logs", {"fromBlock": "0x2", "toBlock": "0x1"}]);
    let refused: Result<Subscription<Value>, _> =
        client.subscribe("eth_subscribe", Params(backwards), "eth_unsubscribe").await;
    assert!(refused.unwrap_err().to_string().contains("invalid block range params"));
}
