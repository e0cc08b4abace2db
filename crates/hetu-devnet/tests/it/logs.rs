use alloy_primitives::{Address, B256, U256};
use hetu_devnet::{Devnet, DevnetLimits};
use serde_json::{Value, json};

use crate::support::{Net, bare, number};

fn word(value: u64) -> B256 {
    U256::from(value).into()
}

/// Creates two boxes; the first is filled with 10 and 11, the second with 10, one block each.
async fn filled(net: &Net) -> (Address, Address, Vec<Value>) {
    let (first, second) = (net.create_box().await, net.create_box().await);
    let receipts = vec![
        net.fill_box(first, 10).await,
        net.fill_box(first, 11).await,
        net.fill_box(second, 10).await,
    ];
    (first, second, receipts)
}

#[tokio::test]
async fn filters_take_every_form() {
    let net = bare().await;
    let (first, second, receipts) = filled(&net).await;
    let all = json!({"fromBlock": "earliest", "toBlock": "latest"});
    let with = |key: &str, value: Value| {
        let mut filter = all.clone();
        filter[key] = value;
        filter
    };
    let hash = &receipts[1]["blockHash"];
    let height = &receipts[1]["blockNumber"];
    let cases = [
        (all.clone(), vec![0, 1, 2]),
        (json!({}), vec![2]),
        (with("address", json!(first)), vec![0, 1]),
        (with("address", json!([first, second])), vec![0, 1, 2]),
        (with("address", json!([])), vec![0, 1, 2]),
        (with("address", json!(Address::ZERO)), vec![]),
        (with("topics", json!([word(1)])), vec![0, 1, 2]),
        (with("topics", json!([null, word(10)])), vec![0, 2]),
        (with("topics", json!([[word(1), word(2)], [word(11)]])), vec![1]),
        (with("topics", json!([word(2)])), vec![]),
        (json!({"blockHash": hash}), vec![1]),
        (json!({"fromBlock": height, "toBlock": height}), vec![1]),
        (json!({"fromBlock": height}), vec![1, 2]),
        (json!({"fromBlock": height, "toBlock": "latest"}), vec![1, 2]),
    ];
    for (filter, expected) in cases {
        let logs: Value = net.get("eth_getLogs", json!([filter])).await;
        let expected: Vec<&Value> =
            expected.into_iter().map(|index: usize| &receipts[index]["logs"][0]).collect();
        assert_eq!(logs, json!(expected), "{filter}");
    }
}

#[tokio::test]
async fn a_log_says_where_it_stands() {
    let net = bare().await;
    let address = net.create_box().await;
    let receipt = net.fill_box(address, 10).await;
    let log = &receipt["logs"][0];
    assert_eq!(log["address"], json!(address));
    assert_eq!(log["topics"], json!([word(1), word(10)]));
    assert_eq!(log["blockHash"], receipt["blockHash"]);
    assert_eq!(log["transactionHash"], receipt["transactionHash"]);
    assert_eq!(number(&log["logIndex"]), 0);
    assert_eq!(log["removed"], false);
    assert_ne!(receipt["logsBloom"], json!(alloy_primitives::Bloom::ZERO));
    let block = net.block("latest").await;
    assert_eq!(block["logsBloom"], receipt["logsBloom"]);
    assert_eq!(log["blockTimestamp"], block["timestamp"]);
}

#[tokio::test]
async fn logs_are_numbered_through_the_block() {
    let net = bare().await;
    let address = net.create_box().await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let input = U256::from(3).to_be_bytes::<32>();
    for _ in 0..3 {
        net.send(0, net.call(0, address, &input).await).await;
    }
    net.devnet.mine(1).await;
    let logs: Vec<Value> = net.get("eth_getLogs", json!([{}])).await;
    let positions: Vec<u64> = logs.iter().map(|log| number(&log["logIndex"])).collect();
    assert_eq!(positions, [0, 1, 2]);
}

#[tokio::test]
async fn a_query_is_bounded() {
    let mut limits = DevnetLimits::default();
    (limits.log_blocks, limits.log_results) = (5, 2);
    let net = Net::spawn(Devnet::builder().with_contracts(false).limits(limits)).await;
    let (first, ..) = filled(&net).await;
    net.devnet.mine(1).await;
    assert_eq!(net.devnet.block_number(), 6);
    let filter = json!({"fromBlock": "0x0", "toBlock": "0x6"});
    let error = net.refused("eth_getLogs", json!([filter])).await;
    assert_eq!(error.code(), -32_005);
    assert_eq!(error.message(), "exceed maximum block range: 5");
    let filter = json!({"fromBlock": "0x2", "toBlock": "0x6"});
    let error = net.refused("eth_getLogs", json!([filter])).await;
    assert_eq!(error.code(), -32_005);
    assert!(error.message().starts_with("query returned more than 2 results"));
    let filter = json!({"fromBlock": "0x2", "toBlock": "0x6", "address": first});
    let logs: Vec<Value> = net.get("eth_getLogs", json!([filter])).await;
    assert_eq!(logs.len(), 2);

    let backwards = json!({"fromBlock": "0x4", "toBlock": "0x2"});
    let error = net.refused("eth_getLogs", json!([backwards])).await;
    assert_eq!(error.message(), "invalid block range params");
    let beyond = json!({"fromBlock": "0x4", "toBlock": "0x7"});
    let error = net.refused("eth_getLogs", json!([beyond])).await;
    assert_eq!(error.code(), -32_602);
    assert_eq!(error.message(), "block range extends beyond current head block");
    let error = net.refused("eth_getLogs", json!([{"blockHash": B256::ZERO}])).await;
    assert_eq!(error.message(), "unknown block");
}
