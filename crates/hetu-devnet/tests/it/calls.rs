use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::{Value, json};

use crate::support::{bare, number};

fn word(value: u64) -> B256 {
    U256::from(value).into()
}

#[tokio::test]
async fn a_call_sees_the_state_of_the_block_it_names() {
    let net = bare().await;
    let address = net.create_box().await;
    let first = net.fill_box(address, 7).await;
    let second = net.fill_box(address, 8).await;
    let call = json!({"to": address});
    let old = [
        first["blockNumber"].clone(),
        first["blockHash"].clone(),
        json!({"blockHash": first["blockHash"]}),
        json!({"blockHash": first["blockHash"], "requireCanonical": true}),
        json!({"blockNumber": first["blockNumber"]}),
    ];
    for block in old {
        let value: B256 = net.get("eth_call", json!([call, block])).await;
        assert_eq!(value, word(7), "{block}");
        let value: B256 = net.get("eth_getStorageAt", json!([address, "0x0", block])).await;
        assert_eq!(value, word(7), "{block}");
    }
    let new = ["latest", "safe", "finalized", "pending"].map(Value::from);
    for block in new.into_iter().chain([second["blockNumber"].clone()]) {
        let value: B256 = net.get("eth_call", json!([call, block])).await;
        assert_eq!(value, word(8), "{block}");
    }
    let before: Bytes = net.get("eth_getCode", json!([address, "earliest"])).await;
    assert!(before.is_empty());
    let nonce: U256 =
        net.get("eth_getTransactionCount", json!([net.address(0), first["blockNumber"]])).await;
    assert_eq!(nonce, U256::from(2));

    for unknown in [json!("0x999"), json!({"blockHash": B256::ZERO})] {
        let error = net.refused("eth_call", json!([call, unknown])).await;
        assert_eq!(error.code(), -32_000);
        assert_eq!(error.message(), "header not found");
    }
}

#[tokio::test]
async fn a_call_can_run_creation_code() {
    let net = bare().await;
    // Returns the word 0x2a.
    let code = Bytes::from(hex!("602a60005260206000f3"));
    let value: B256 = net.get("eth_call", json!([{"input": code}, "latest"])).await;
    assert_eq!(value, word(0x2a));
    assert_eq!(net.devnet.block_number(), 0);
}

#[tokio::test]
async fn a_call_can_pretend_another_state() {
    let net = bare().await;
    let address = net.create_box().await;
    net.fill_box(address, 7).await;
    let slots = json!({word(0).to_string(): word(9)});
    let call = json!({"to": address});
    for change in [json!({"state": slots}), json!({"stateDiff": slots})] {
        let overrides = json!({address.to_string(): change});
        let value: B256 = net.get("eth_call", json!([call, "latest", overrides])).await;
        assert_eq!(value, word(9));
    }
    // Returns the number of the block.
    let code = Bytes::from(hex!("4360005260206000f3"));
    let elsewhere = Address::repeat_byte(0xcc);
    let overrides = json!({elsewhere.to_string(): {"code": code}});
    let call = json!({"to": elsewhere});
    let value: B256 = net.get("eth_call", json!([call, "latest", overrides])).await;
    assert_eq!(value, word(2));
    let block = json!({"number": "0x64"});
    let value: B256 = net.get("eth_call", json!([call, "latest", overrides, block])).await;
    assert_eq!(value, word(100));
    let code: Bytes = net.get("eth_getCode", json!([elsewhere])).await;
    assert!(code.is_empty());
}

#[tokio::test]
async fn code_can_read_the_hashes_of_earlier_blocks() {
    let net = bare().await;
    net.devnet.mine(3).await;
    // Returns the hash of the block before its own.
    let code = Bytes::from(hex!("600143034060005260206000f3"));
    let address = Address::repeat_byte(0xcc);
    let overrides = json!({address.to_string(): {"code": code}});
    for height in 1..=3_u64 {
        let block = net.block(U256::from(height)).await;
        let hash: Value =
            net.get("eth_call", json!([{"to": address}, block["number"], overrides])).await;
        assert_eq!(hash, block["parentHash"]);
    }
}

#[tokio::test]
async fn a_call_without_a_price_pays_nothing() {
    let net = bare().await;
    let stranger = Address::repeat_byte(0xaa);
    let call = json!({"from": stranger, "to": net.address(0)});
    let output: Bytes = net.get("eth_call", json!([call])).await;
    assert!(output.is_empty());

    let paying =
        json!({"from": stranger, "to": net.address(0), "gasPrice": "0x77359400", "gas": "0x5208"});
    let error = net.refused("eth_call", json!([paying])).await;
    assert!(error.message().starts_with("insufficient funds for gas * price + value"));
    let sending = json!({"from": stranger, "to": net.address(0), "value": "0x1"});
    let error = net.refused("eth_estimateGas", json!([sending])).await;
    assert!(error.message().starts_with("insufficient funds"));
}

#[tokio::test]
async fn what_runs_out_of_gas_says_so() {
    let net = bare().await;
    let address = net.create_box().await;
    let input = Bytes::from(U256::from(1).to_be_bytes::<32>());
    let call = json!({"from": net.address(0), "to": address, "input": input, "gas": "0x6000"});
    let error = net.refused("eth_call", json!([call])).await;
    assert_eq!(error.message(), "out of gas");
    let error = net.refused("eth_estimateGas", json!([call])).await;
    assert_eq!(error.message(), "gas required exceeds allowance (24576)");
}

#[tokio::test]
async fn malformed_parameters_are_told_apart() {
    let net = bare().await;
    for (method, params) in [
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBalance", json!([])),
        ("eth_call", json!([{"to": "nobody"}])),
        ("eth_getBlockByNumber", json!(["yesterday", false])),
    ] {
        let error = net.refused(method, params).await;
        assert_eq!(error.code(), -32_602, "{method}");
    }
    assert_eq!(net.refused("eth_unheardOf", json!([])).await.code(), -32_601);
    assert_eq!(number(&net.block("latest").await["number"]), 0);
}
