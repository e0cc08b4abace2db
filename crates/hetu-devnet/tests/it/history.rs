//! A chain that prunes its oldest blocks.

use alloy_primitives::{Address, B256, U256};
use hetu_devnet::{Devnet, Reorg, ReorgError};
use jsonrpsee::core::client::{Subscription, SubscriptionClientT};
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::WsClientBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Net, number};

const BOB: Address = Address::repeat_byte(0xb0);

async fn keeping(blocks: u64) -> Net {
    Net::spawn(Devnet::builder().with_contracts(false).history(blocks)).await
}

#[tokio::test]
async fn only_the_latest_blocks_are_kept() {
    let net = keeping(3).await;
    let pruned = net.send(0, net.transfer(0, BOB, 1).await).await;
    let old = net.block("latest").await;
    for _ in 0..4 {
        net.send(0, net.transfer(0, BOB, 1).await).await;
    }
    assert_eq!(number(&net.block("earliest").await["number"]), 3);
    for height in 3..=5_u64 {
        let balance: U256 = net.get("eth_getBalance", json!([BOB, U256::from(height)])).await;
        assert_eq!(balance, U256::from(height));
    }
    let two = U256::from(2);
    for (method, parameters) in [
        ("eth_getBalance", json!([BOB, two])),
        ("eth_getCode", json!([BOB, two])),
        ("eth_getStorageAt", json!([BOB, "0x0", two])),
        ("eth_getTransactionCount", json!([BOB, two])),
        ("eth_call", json!([{"to": BOB}, two])),
    ] {
        let error = net.refused(method, parameters).await;
        assert_eq!(error.code(), -32_000, "{method}");
        assert_eq!(
            error.message(),
            "historical state of block 0x2 is not available: it was pruned",
            "{method}"
        );
    }
    for (method, parameters) in [
        ("eth_getBlockByNumber", json!([two, false])),
        ("eth_getBlockReceipts", json!([two])),
        ("eth_getBlockTransactionCountByNumber", json!([two])),
        ("eth_getTransactionByBlockNumberAndIndex", json!([two, "0x0"])),
        ("eth_getLogs", json!([{"fromBlock": two}])),
    ] {
        let error = net.refused(method, parameters).await;
        assert_eq!((error.code(), error.message()), (4_444, "pruned history unavailable"));
    }
    // By hash, a pruned block is indistinguishable from one that never existed.
    assert_eq!(net.receipt(pruned).await, Value::Null);
    let by_hash: Value = net.get("eth_getBlockByHash", json!([old["hash"], false])).await;
    assert_eq!(by_hash, Value::Null);
    let ahead: Value = net.get("eth_getBlockByNumber", json!(["0x9", false])).await;
    assert_eq!(ahead, Value::Null);
}

#[tokio::test]
async fn genesis_is_kept_however_short_the_history_is() {
    let folder = TempDir::new().unwrap();
    let builder = || Devnet::builder().with_contracts(false).history(1);
    let net = Net::spawn(builder().state_folder(folder.path())).await;
    let genesis = net.block("latest").await;
    net.devnet.mine(300).await;
    assert_eq!(net.block("0x0").await, genesis);
    net.devnet.stop().await;
    let net = Net::spawn(builder().state_folder(folder.path())).await;
    assert_eq!(net.block("0x0").await, genesis);
    let other = Net::spawn(builder()).await;
    assert_ne!(other.block("0x0").await["hash"], genesis["hash"], "each chain begins apart");
}

#[tokio::test]
async fn logs_and_fees_are_those_of_the_blocks_that_are_kept() {
    let net = keeping(3).await;
    let address = net.create_box().await;
    for value in 1..=5 {
        net.fill_box(address, value).await;
    }
    let logs: Vec<Value> =
        net.get("eth_getLogs", json!([{"address": address, "fromBlock": "earliest"}])).await;
    assert_eq!(logs.len(), 3);
    let fees: Value = net.get("eth_feeHistory", json!(["0x8", "latest", [50.0]])).await;
    assert_eq!(number(&fees["oldestBlock"]), 4);
    assert_eq!(fees["gasUsedRatio"].as_array().unwrap().len(), 3);
    assert_eq!(fees["baseFeePerGas"].as_array().unwrap().len(), 4);
    assert_eq!(fees["reward"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn contracts_see_the_hashes_of_256_blocks_however_few_are_kept() {
    /// Code that returns the hash of the block with the given number.
    const ORACLE: &str = "0x6000354060005260206000f3";
    let folder = TempDir::new().unwrap();
    let builder = || Devnet::builder().history(1).state_folder(folder.path());
    let net = Net::spawn(builder().with_contracts(false)).await;
    let genesis = net.block("latest").await;
    let hash_of = async |net: &Net, height: u64| -> B256 {
        let call = json!({"to": BOB, "input": B256::from(U256::from(height))});
        let code = json!({BOB.to_string(): {"code": ORACLE}});
        net.get("eth_call", json!([call, "latest", code])).await
    };
    net.devnet.mine(256).await;
    assert_eq!(json!(hash_of(&net, 0).await), genesis["hash"]);
    net.devnet.mine(300).await;
    assert_eq!(hash_of(&net, 299).await, B256::ZERO);
    let (first, last) = (hash_of(&net, 300).await, hash_of(&net, 555).await);
    assert_ne!(first, B256::ZERO);
    assert_ne!(last, B256::ZERO);

    net.devnet.stop().await;
    let net = Net::spawn(builder()).await;
    assert_eq!((hash_of(&net, 300).await, hash_of(&net, 555).await), (first, last));
    net.devnet.mine(1).await;
    assert_eq!((hash_of(&net, 300).await, hash_of(&net, 555).await), (B256::ZERO, last));
}

#[tokio::test]
async fn a_snapshot_keeps_the_blocks_that_it_had() {
    let net = keeping(2).await;
    net.send(0, net.transfer(0, BOB, 1).await).await;
    let block = net.block("latest").await;
    let snapshot: Value = net.get("evm_snapshot", json!([])).await;
    net.devnet.mine(600).await;
    assert!(net.get::<bool>("evm_revert", json!([snapshot])).await);
    assert_eq!(net.block("latest").await, block);
    net.send(0, net.transfer(0, BOB, 1).await).await;
    let balance: U256 = net.get("eth_getBalance", json!([BOB, "latest"])).await;
    assert_eq!(balance, U256::from(2));
}

#[tokio::test]
async fn only_blocks_that_are_kept_can_be_replaced() {
    let net = keeping(3).await;
    net.devnet.mine(5).await;
    let error = net.devnet.reorg(Reorg::of_depth(3)).await.unwrap_err();
    assert_eq!(error, ReorgError::TooDeep { depth: 3, most: 2 });
    let error = net.refused("anvil_reorg", json!([3])).await;
    assert!(error.message().ends_with("ask for at most 2"), "{error}");
    assert_eq!(net.devnet.reorg(Reorg::of_depth(2)).await, Ok(5));
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_the_history_hears_of_what_is_left() {
    let net = keeping(4).await;
    let client = WsClientBuilder::default().build(net.devnet.ws_url()).await.unwrap();
    let mut heads: Subscription<Value> = client
        .subscribe("eth_subscribe", rpc_params!["newHeads"], "eth_unsubscribe")
        .await
        .unwrap();
    // The blocks are one change, and the subscriber receives only the last of them.
    net.devnet.mine(200).await;
    for expected in 197..=200 {
        assert_eq!(number(&heads.next().await.unwrap().unwrap()["number"]), expected);
    }
}
