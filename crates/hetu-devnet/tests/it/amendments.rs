use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::{Value, json};

use crate::support::bare;

const BOB: Address = Address::repeat_byte(0xb0);

#[tokio::test]
async fn an_account_can_be_changed_without_a_block() {
    let net = bare().await;
    net.devnet.mine(1).await;
    let snapshot: Value = net.get("evm_snapshot", json!([])).await;
    // The code returns the value of slot 1.
    let code = Bytes::from(hex!("60015460005260206000f3"));
    let value = B256::from(U256::from(9));
    net.get::<()>("anvil_setBalance", json!([BOB, "0x64"])).await;
    net.get::<()>("anvil_setNonce", json!([BOB, "0x7"])).await;
    net.get::<()>("anvil_setCode", json!([BOB, code])).await;
    assert!(net.get::<bool>("anvil_setStorageAt", json!([BOB, "0x1", value])).await);
    assert_eq!(net.devnet.block_number(), 1);

    for _ in 0..2 {
        let balance: U256 = net.get("eth_getBalance", json!([BOB, "latest"])).await;
        let nonce: U256 = net.get("eth_getTransactionCount", json!([BOB, "latest"])).await;
        let set: Bytes = net.get("eth_getCode", json!([BOB, "latest"])).await;
        let output: B256 = net.get("eth_call", json!([{"to": BOB}])).await;
        assert_eq!((balance, nonce), (U256::from(100), U256::from(7)));
        assert_eq!((set, output), (code.clone(), value));
        // Later blocks have it too.
        net.devnet.mine(1).await;
    }
    let before: U256 = net.get("eth_getBalance", json!([BOB, "0x0"])).await;
    assert_eq!(before, U256::ZERO);

    net.get::<()>("hardhat_setCode", json!([BOB, "0x"])).await;
    let empty: Bytes = net.get("eth_getCode", json!([BOB])).await;
    assert!(empty.is_empty());
    assert!(net.get::<bool>("evm_revert", json!([snapshot])).await);
    let back: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(back, U256::ZERO);
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused() {
    let net = bare().await;
    net.send(0, net.transfer(0, BOB, 1).await).await;
    let error = net.refused("anvil_setNonce", json!([net.address(0), "0x0"])).await;
    assert_eq!(error.code(), -32_602);
    assert!(error.message().starts_with("the nonce is 1 already"));
    // The code begins like a delegation and is not one.
    let error = net.refused("anvil_setCode", json!([BOB, "0xef0100"])).await;
    assert_eq!(error.code(), -32_602);
    assert!(error.message().starts_with("invalid code"));
    for (method, params) in [
        ("anvil_setBalance", json!([BOB])),
        ("anvil_setBalance", json!([BOB, "much"])),
        ("anvil_setStorageAt", json!([BOB, "0x0", "0x01"])),
        ("anvil_impersonateAccount", json!(["0x12"])),
        ("anvil_dropTransaction", json!([])),
    ] {
        assert_eq!(net.refused(method, params).await.code(), -32_602, "{method}");
    }
}

#[tokio::test]
async fn a_set_nonce_lets_the_right_transactions_run() {
    let net = bare().await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let first = net.transfer(0, BOB, 1).await;
    let mut hashes = Vec::new();
    for nonce in 0..3 {
        let transaction = alloy_consensus::TxEip1559 { nonce, ..first.clone() };
        hashes.push(net.send(0, transaction).await);
    }
    net.get::<()>("hardhat_setNonce", json!([net.address(0), "0x2"])).await;
    net.devnet.mine(1).await;
    assert_eq!(net.block("latest").await["transactions"], json!([hashes[2]]));
    let gone: Option<Value> = net.get("eth_getTransactionByHash", json!([hashes[0]])).await;
    assert_eq!(gone, None);
}
