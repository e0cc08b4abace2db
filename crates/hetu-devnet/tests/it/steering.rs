use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, U256};
use hetu_chain::clock::ManualClock;
use hetu_devnet::{Devnet, DevnetLimits};
use serde_json::{Value, json};

use crate::support::{Net, bare, number};

const BOB: Address = Address::repeat_byte(0xb0);
const START: u64 = 1_700_000_000;

async fn at_start() -> (Net, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Duration::from_secs(START)));
    let builder = Devnet::builder().with_contracts(false).clock(clock.clone());
    (Net::spawn(builder).await, clock)
}

async fn head_time(net: &Net) -> u64 {
    number(&net.block("latest").await["timestamp"])
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let net = bare().await;
    let address = net.create_box().await;
    net.fill_box(address, 1).await;
    let before = net.block("latest").await;
    let snapshot: Value = net.get("evm_snapshot", json!([])).await;
    let later: Value = net.get("evm_snapshot", json!([])).await;

    let receipt = net.fill_box(address, 2).await;
    assert!(net.get::<bool>("evm_revert", json!([snapshot])).await);
    assert_eq!(net.block("latest").await, before);
    let value: B256 = net.get("eth_call", json!([{"to": address}])).await;
    assert_eq!(value, B256::from(U256::from(1)));
    let gone: Option<Value> =
        net.get("eth_getTransactionReceipt", json!([receipt["transactionHash"]])).await;
    assert_eq!(gone, None);
    // Each snapshot serves once, and a revert also drops the later ones.
    assert!(!net.get::<bool>("evm_revert", json!([snapshot])).await);
    assert!(!net.get::<bool>("evm_revert", json!([later])).await);
}

#[tokio::test]
async fn snapshots_are_bounded() {
    let mut limits = DevnetLimits::default();
    limits.snapshots = 1;
    let net = Net::spawn(Devnet::builder().with_contracts(false).limits(limits)).await;
    let _: Value = net.get("evm_snapshot", json!([])).await;
    assert_eq!(net.refused("evm_snapshot", json!([])).await.code(), -32_005);
}

#[tokio::test]
async fn time_follows_the_clock_and_can_be_moved() {
    let (net, clock) = at_start().await;
    assert_eq!(head_time(&net).await, START);
    clock.advance(Duration::from_secs(10));
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, START + 10);
    // With any number of blocks in a second, the chain is not ahead of the clock.
    net.devnet.mine(2).await;
    assert_eq!(head_time(&net).await, START + 10);

    let ahead: u64 = net.get("evm_increaseTime", json!([3_600])).await;
    assert_eq!(ahead, 3_600);
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, START + 10 + 3_600);
    net.devnet.increase_time(Duration::from_secs(400));
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, START + 10 + 4_000);

    let set = START + 100_000;
    net.get::<()>("evm_setNextBlockTimestamp", json!([U256::from(set)])).await;
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, set);
    clock.advance(Duration::from_secs(7));
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, set + 7);
    let later: u64 = net.get("evm_setTime", json!([set + 1_007])).await;
    assert_eq!(later, 1_000);
    clock.advance(Duration::from_secs(3));
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, set + 1_010);
    for method in ["evm_setNextBlockTimestamp", "evm_setTime"] {
        let error = net.refused(method, json!([START])).await;
        assert_eq!(error.code(), -32_602);
        assert!(error.message().contains("is earlier than"));
    }
}

#[tokio::test]
async fn blocks_are_mined_on_demand() {
    let (net, _) = at_start().await;
    let _: Value = net.get("evm_mine", json!([])).await;
    assert_eq!(net.devnet.block_number(), 1);
    let _: Value = net.get("evm_mine", json!([START + 50])).await;
    assert_eq!(net.devnet.block_number(), 2);
    assert_eq!(head_time(&net).await, START + 50);
    let _: Value = net.get("evm_mine", json!([{"blocks": 4}])).await;
    assert_eq!(net.devnet.block_number(), 6);
    let options = json!({"blocks": 2, "timestamp": START + 500});
    let _: Value = net.get("evm_mine", json!([options])).await;
    assert_eq!(net.devnet.block_number(), 8);
    assert_eq!(head_time(&net).await, START + 500);
    net.get::<()>("anvil_mine", json!(["0x3", "0x3c"])).await;
    assert_eq!(net.devnet.block_number(), 11);
    assert_eq!(head_time(&net).await, START + 500 + 120);
    net.devnet.mine(1).await;
    assert_eq!(head_time(&net).await, START + 500 + 120);

    let error = net.refused("evm_mine", json!([5])).await;
    assert!(error.message().contains("is earlier than"));
    let error = net.refused("anvil_mine", json!([START])).await;
    assert!(error.message().contains("too many"));
    assert_eq!(net.devnet.block_number(), 12);
}

#[tokio::test]
async fn a_block_takes_the_best_paying_transactions_first() {
    let net = bare().await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let mut hashes = Vec::new();
    for (account, tip) in [(0, 1), (1, 3), (2, 2)] {
        let transaction = TxEip1559 {
            max_priority_fee_per_gas: tip * 1_000_000_000,
            ..net.transfer(account, BOB, 1).await
        };
        hashes.push(net.send(account, transaction).await);
    }
    assert_eq!(net.devnet.block_number(), 0);
    let pending: U256 = net.get("eth_getBalance", json!([BOB, "pending"])).await;
    assert_eq!(pending, U256::from(3));
    net.devnet.mine(1).await;
    let block = net.block("latest").await;
    let expected = [1, 2, 0].map(|index: usize| json!(hashes[index]));
    assert_eq!(block["transactions"], json!(expected));
}

#[tokio::test]
async fn turning_automine_on_mines_what_waits() {
    let net = bare().await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let hash = net.send(0, net.transfer(0, BOB, 1).await).await;
    assert_eq!(net.receipt(hash).await, Value::Null);
    net.get::<()>("evm_setAutomine", json!([true])).await;
    assert_eq!(number(&net.receipt(hash).await["blockNumber"]), 1);
}
