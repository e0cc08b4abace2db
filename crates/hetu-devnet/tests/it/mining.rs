use std::time::Duration;

use alloy_primitives::{Address, U256};
use hetu_devnet::{Devnet, Mining};
use serde_json::{Value, json};

use crate::support::{Net, bare, next, number, subscribe};

const BOB: Address = Address::repeat_byte(0xb0);
const SHORT: Mining = Mining::Interval(Duration::from_millis(20));

async fn is_instant(net: &Net) -> bool {
    net.get("anvil_getAutomine", json!([])).await
}

#[tokio::test]
async fn by_hand_nothing_is_mined_by_itself() {
    let builder = Devnet::builder().with_contracts(false).mining(Mining::Manual);
    let net = Net::spawn(builder).await;
    assert_eq!(net.devnet.mining(), Mining::Manual);
    assert!(!is_instant(&net).await);
    let hash = net.send(0, net.transfer(0, BOB, 1).await).await;
    assert_eq!(net.receipt(hash).await, Value::Null);
    let pending: Value = net.get("eth_getBlockByNumber", json!(["pending", false])).await;
    assert_eq!(pending["transactions"], json!([hash]));
    let _: Value = net.get("evm_mine", json!([])).await;
    assert_eq!(number(&net.receipt(hash).await["blockNumber"]), 1);

    let hash = net.send(0, net.transfer(0, BOB, 1).await).await;
    net.devnet.set_mining(Mining::Instant).await;
    assert_eq!(number(&net.receipt(hash).await["blockNumber"]), 2);
}

#[tokio::test]
async fn the_mode_can_be_changed_while_the_chain_runs() {
    let net = bare().await;
    let client = net.ws().await;
    let mut heads = subscribe(&client, json!(["newHeads"])).await;
    for _ in 0..2 {
        net.devnet.set_mining(SHORT).await;
        let first = number(&next(&mut heads).await["number"]);
        assert_eq!(number(&next(&mut heads).await["number"]), first + 1);
        net.devnet.set_mining(Mining::Manual).await;
        let height = net.devnet.block_number();
        let hash = net.send(0, net.transfer(0, BOB, 1).await).await;
        assert_eq!(net.devnet.block_number(), height);
        net.devnet.set_mining(Mining::Instant).await;
        assert_eq!(number(&net.receipt(hash).await["blockNumber"]), height + 1);
        while number(&next(&mut heads).await["number"]) <= height {}
    }
}

#[tokio::test]
async fn clients_can_change_the_mode() {
    let net = bare().await;
    let interval = async || net.get::<Option<u64>>("anvil_getIntervalMining", json!([])).await;
    assert!(is_instant(&net).await);
    assert_eq!(interval().await, None);
    for (seconds, expected) in [(json!(3_600), Some(3_600)), (json!("0x3c"), Some(60))] {
        net.get::<()>("evm_setIntervalMining", json!([seconds])).await;
        assert_eq!(interval().await, expected);
        assert!(!is_instant(&net).await);
    }
    assert_eq!(net.devnet.mining(), Mining::Interval(Duration::from_secs(60)));
    // Without instant mining, blocks still come at intervals.
    net.get::<()>("evm_setAutomine", json!([false])).await;
    assert_eq!(interval().await, Some(60));
    net.get::<()>("anvil_setIntervalMining", json!([0])).await;
    assert_eq!(net.devnet.mining(), Mining::Manual);
    net.get::<()>("evm_setAutomine", json!([true])).await;
    assert!(is_instant(&net).await);
    net.get::<()>("evm_setAutomine", json!([false])).await;
    assert_eq!(net.devnet.mining(), Mining::Manual);
    // The interval is so long that the block never comes.
    net.get::<()>("evm_setIntervalMining", json!([u64::MAX])).await;
    net.devnet.mine(1).await;
    assert_eq!(net.devnet.block_number(), 1);
    for seconds in [json!(-1), json!("soon"), json!(0.5)] {
        let error = net.refused("evm_setIntervalMining", json!([seconds])).await;
        assert_eq!(error.code(), -32_602);
    }
}

#[tokio::test]
async fn an_interval_of_nothing_is_a_short_one() {
    let mining = Mining::Interval(Duration::ZERO);
    let net = Net::spawn(Devnet::builder().with_contracts(false).mining(mining)).await;
    let client = net.ws().await;
    let mut heads = subscribe(&client, json!(["newHeads"])).await;
    let hash = net.send(0, net.transfer(0, BOB, 3).await).await;
    while net.receipt(hash).await.is_null() {
        next(&mut heads).await;
    }
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(3));
}
