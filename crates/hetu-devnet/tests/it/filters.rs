use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, U256};
use hetu_chain::clock::ManualClock;
use hetu_devnet::{Devnet, DevnetLimits, Reorg};
use serde_json::{Value, json};

use crate::support::{Net, bare};

async fn install(net: &Net, method: &str, params: Value) -> Value {
    net.get(method, params).await
}

async fn changes(net: &Net, filter: &Value) -> Vec<Value> {
    net.get("eth_getFilterChanges", json!([filter])).await
}

async fn block_hashes(net: &Net, heights: impl IntoIterator<Item = u64>) -> Vec<Value> {
    let mut hashes = Vec::new();
    for height in heights {
        hashes.push(net.block(U256::from(height)).await["hash"].clone());
    }
    hashes
}

#[tokio::test]
async fn a_block_filter_tells_each_block_once() {
    let net = bare().await;
    net.devnet.mine(1).await;
    let filter = install(&net, "eth_newBlockFilter", json!([])).await;
    assert!(changes(&net, &filter).await.is_empty());
    net.devnet.mine(3).await;
    assert_eq!(changes(&net, &filter).await, block_hashes(&net, 2..=4).await);
    assert!(changes(&net, &filter).await.is_empty());
    net.devnet.mine(1).await;
    assert_eq!(changes(&net, &filter).await, block_hashes(&net, [5]).await);
}

#[tokio::test]
async fn a_log_filter_tells_what_is_new_and_knows_what_was() {
    let net = bare().await;
    let address = net.create_box().await;
    let first = net.fill_box(address, 7).await;
    let wanted: B256 = U256::from(7).into();
    let criteria = json!({"address": address, "topics": [null, wanted], "fromBlock": "earliest"});
    let filter = install(&net, "eth_newFilter", json!([criteria])).await;
    assert!(changes(&net, &filter).await.is_empty());

    net.fill_box(address, 8).await;
    let third = net.fill_box(address, 7).await;
    assert_eq!(json!(changes(&net, &filter).await), third["logs"]);
    assert!(changes(&net, &filter).await.is_empty());
    let all: Vec<Value> = net.get("eth_getFilterLogs", json!([filter])).await;
    assert_eq!(all, [first["logs"][0].clone(), third["logs"][0].clone()]);
}

#[tokio::test]
async fn a_log_filter_keeps_to_its_range() {
    let net = bare().await;
    let address = net.create_box().await;
    let range = json!({"fromBlock": "0x3", "toBlock": "0x4"});
    let filter = install(&net, "eth_newFilter", json!([range])).await;
    let mut receipts = Vec::new();
    for value in 1..=4 {
        receipts.push(net.fill_box(address, value).await);
    }
    let expected = json!([receipts[1]["logs"][0], receipts[2]["logs"][0]]);
    assert_eq!(json!(changes(&net, &filter).await), expected);
}

#[tokio::test]
async fn logs_that_a_reorganisation_took_away_are_told() {
    let net = bare().await;
    let address = net.create_box().await;
    let logs = install(&net, "eth_newFilter", json!([{}])).await;
    let blocks = install(&net, "eth_newBlockFilter", json!([])).await;
    let receipt = net.fill_box(address, 5).await;
    assert_eq!(json!(changes(&net, &logs).await), receipt["logs"]);
    changes(&net, &blocks).await;

    net.devnet.reorg(Reorg::of_depth(1).forgetting_transactions()).await.unwrap();
    let mut removed = receipt["logs"].clone();
    removed[0]["removed"] = json!(true);
    assert_eq!(json!(changes(&net, &logs).await), removed);
    assert_eq!(changes(&net, &blocks).await, block_hashes(&net, [2]).await);
    // A filter that never reported a log does not report its removal.
    let late = install(&net, "eth_newFilter", json!([{}])).await;
    assert!(changes(&net, &late).await.is_empty());
}

#[tokio::test]
async fn a_filter_for_transactions_tells_what_can_be_mined() {
    let net = bare().await;
    let hashes = install(&net, "eth_newPendingTransactionFilter", json!([])).await;
    let bodies = install(&net, "eth_newPendingTransactionFilter", json!([true])).await;
    let first = net.transfer(0, net.address(1), 1).await;
    let hash = net.send(0, first.clone()).await;
    assert_eq!(changes(&net, &hashes).await, [json!(hash)]);
    assert_eq!(changes(&net, &bodies).await[0]["hash"], json!(hash));

    let third = net.send(0, TxEip1559 { nonce: 2, ..first.clone() }).await;
    assert!(changes(&net, &hashes).await.is_empty());
    let second = net.send(0, TxEip1559 { nonce: 1, ..first }).await;
    assert_eq!(changes(&net, &hashes).await, [json!(second), json!(third)]);
    assert_eq!(changes(&net, &bodies).await.len(), 2);
}

#[tokio::test]
async fn an_uninstalled_filter_is_unknown() {
    let net = bare().await;
    let filter = install(&net, "eth_newBlockFilter", json!([])).await;
    assert!(net.get::<bool>("eth_uninstallFilter", json!([filter])).await);
    assert!(!net.get::<bool>("eth_uninstallFilter", json!([filter])).await);
    let blocks = install(&net, "eth_newBlockFilter", json!([])).await;
    let huge = format!("0x{}", "f".repeat(40));
    for (method, id) in [
        ("eth_getFilterChanges", &filter),
        ("eth_getFilterLogs", &filter),
        ("eth_getFilterChanges", &json!(huge)),
        // A filter for blocks has no logs.
        ("eth_getFilterLogs", &blocks),
    ] {
        let error = net.refused(method, json!([id])).await;
        assert_eq!((error.code(), error.message()), (-32_000, "filter not found"));
    }
    for (method, params) in [
        ("eth_getFilterChanges", json!(["first"])),
        ("eth_getFilterChanges", json!([])),
        ("eth_newFilter", json!([{"fromBlock": "0x5", "toBlock": "0x2"}])),
        ("eth_newFilter", json!([])),
    ] {
        assert_eq!(net.refused(method, params).await.code(), -32_602);
    }
}

#[tokio::test]
async fn a_filter_that_nobody_asks_for_expires() {
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let mut limits = DevnetLimits::default();
    limits.filters = 2;
    let builder = Devnet::builder().with_contracts(false).clock(clock.clone()).limits(limits);
    let net = Net::spawn(builder).await;
    let kept = install(&net, "eth_newBlockFilter", json!([])).await;
    let forgotten = install(&net, "eth_newFilter", json!([{}])).await;
    let error = net.refused("eth_newPendingTransactionFilter", json!([])).await;
    assert_eq!(error.code(), -32_005);
    assert!(error.message().starts_with("2 filters are installed already"));

    clock.advance(Duration::from_secs(299));
    changes(&net, &kept).await;
    clock.advance(Duration::from_secs(1));
    let error = net.refused("eth_getFilterChanges", json!([forgotten])).await;
    assert_eq!(error.message(), "filter not found");
    changes(&net, &kept).await;
    // A slot is free again.
    install(&net, "eth_newFilter", json!([{}])).await;
}

#[tokio::test]
async fn much_news_is_told_in_parts() {
    let mut limits = DevnetLimits::default();
    limits.log_results = 2;
    let net = Net::spawn(Devnet::builder().with_contracts(false).limits(limits)).await;
    let filter = install(&net, "eth_newBlockFilter", json!([])).await;
    net.devnet.mine(5).await;
    assert_eq!(changes(&net, &filter).await, block_hashes(&net, [1, 2]).await);
    net.devnet.mine(1).await;
    assert_eq!(changes(&net, &filter).await, block_hashes(&net, [3, 4]).await);
    assert_eq!(changes(&net, &filter).await, block_hashes(&net, [5, 6]).await);
    assert!(changes(&net, &filter).await.is_empty());
}
