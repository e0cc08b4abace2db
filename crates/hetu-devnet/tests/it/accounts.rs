use alloy_primitives::{Address, B256, Bytes, U256};
use hetu_chain::Signature;
use hetu_chain::identity::{personal_message_hash, recover_address};
use serde_json::{Value, json};

use crate::support::{BOX, Net, bare, number};

const BOB: Address = Address::repeat_byte(0xb0);
const NOBODY: Address = Address::repeat_byte(0xaa);

async fn send(net: &Net, request: Value) -> Value {
    let hash: B256 = net.get("eth_sendTransaction", json!([request])).await;
    net.get("eth_getTransactionByHash", json!([hash])).await
}

async fn give_hetu(net: &Net, address: Address) {
    let balance = U256::from(10).pow(U256::from(18));
    net.get::<()>("anvil_setBalance", json!([address, balance])).await;
}

#[tokio::test]
async fn what_a_transaction_does_not_say_is_filled_in() {
    let net = bare().await;
    let from = net.address(0);
    let sent = send(&net, json!({"from": from, "to": BOB, "value": "0x5"})).await;
    assert_eq!(sent["type"], "0x2");
    assert_eq!(number(&sent["nonce"]), 0);
    assert_eq!(number(&sent["gas"]), 21_000);
    assert_eq!(number(&sent["maxPriorityFeePerGas"]), 1_000_000_000);
    assert_eq!(number(&sent["maxFeePerGas"]), 1_000_000_000 + 2 * 875_000_000);
    let receipt = net.receipt(serde_json::from_value(sent["hash"].clone()).unwrap()).await;
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["from"], json!(from));

    let legacy = send(&net, json!({"from": from, "to": BOB, "gasPrice": "0x77359400"})).await;
    assert_eq!((&legacy["type"], &legacy["nonce"]), (&json!("0x0"), &json!("0x1")));
    let list = json!([{"address": BOB, "storageKeys": []}]);
    let request = json!({"from": from, "to": BOB, "gasPrice": "0x77359400", "accessList": list});
    assert_eq!(send(&net, request).await["type"], "0x1");
    let creation = send(&net, json!({"from": from, "data": Bytes::from(BOX)})).await;
    let receipt: Value = net.get("eth_getTransactionReceipt", json!([creation["hash"]])).await;
    let code: Bytes = net.get("eth_getCode", json!([receipt["contractAddress"]])).await;
    assert_eq!(code.len(), 31);
}

#[tokio::test]
async fn a_fee_that_is_given_bounds_the_tip() {
    let net = bare().await;
    let request = json!({"from": net.address(0), "to": BOB, "maxFeePerGas": "0x35a4e900"});
    let sent = send(&net, request).await;
    assert_eq!(number(&sent["maxPriorityFeePerGas"]), 900_000_000);
}

#[tokio::test]
async fn gas_is_estimated_after_what_waits() {
    let net = bare().await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let creation = send(&net, json!({"from": net.address(0), "data": Bytes::from(BOX)})).await;
    let address = net.address(0).create(0);
    let input: B256 = U256::from(6).into();
    let fill = json!({"from": net.address(0), "to": address, "input": input});
    let filling = send(&net, fill).await;
    assert_eq!(number(&filling["nonce"]), 1);
    net.devnet.mine(1).await;
    for transaction in [creation, filling] {
        let receipt: Value =
            net.get("eth_getTransactionReceipt", json!([transaction["hash"]])).await;
        assert_eq!(receipt["status"], "0x1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_are_sent_at_once_get_different_nonces() {
    let net = bare().await;
    let request = json!([{"from": net.address(0), "to": BOB, "value": "0x1"}]);
    let sent = (0..16).map(|_| net.get::<B256>("eth_sendTransaction", request.clone()));
    futures_util::future::join_all(sent).await;
    assert_eq!(net.nonce(0).await, 16);
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(16));
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    let net = bare().await;
    let from = net.address(0);
    let cases = [
        (json!({"from": NOBODY, "to": BOB}), -32_000, "unknown account"),
        (json!({"to": BOB}), -32_000, "unknown account"),
        (json!({"from": from}), -32_000, "contract creation without any data provided"),
        (
            json!({"from": from, "to": BOB, "gasPrice": "0x1", "maxFeePerGas": "0x1"}),
            -32_602,
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ),
        (
            json!({"from": from, "to": BOB, "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"}),
            -32_000,
            "maxFeePerGas (1) < maxPriorityFeePerGas (2)",
        ),
        (
            json!({"from": from, "to": BOB, "input": "0x01", "data": "0x02"}),
            -32_000,
            "both \"data\" and \"input\" are set and not equal",
        ),
        (json!({"from": from, "to": BOB, "chainId": "0x1"}), -32_000, "invalid chain id"),
        (
            json!({"from": from, "to": BOB, "value": U256::MAX}),
            -32_000,
            "insufficient funds for gas * price + value",
        ),
        (json!({"from": from, "to": BOB, "nonce": "0x0", "gas": "0x1"}), -32_000, "intrinsic gas"),
        (
            json!({"from": from, "to": BOB, "authorizationList": []}),
            -32_000,
            "transaction type not supported",
        ),
    ];
    for (request, code, message) in cases {
        let error = net.refused("eth_sendTransaction", json!([request])).await;
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().starts_with(message), "{error}");
    }
    assert_eq!(net.nonce(0).await, 0);
    let reverts = json!({"from": from, "data": "0x60006000fd"});
    assert_eq!(net.refused("eth_sendTransaction", json!([reverts])).await.code(), 3);
}

#[tokio::test]
async fn messages_are_signed_for_the_accounts_of_the_node() {
    let net = bare().await;
    let message = Bytes::from_static(b"hetu");
    let first: Bytes = net.get("eth_sign", json!([net.address(0), message])).await;
    let second: Bytes = net.get("personal_sign", json!([message, net.address(0), ""])).await;
    assert_eq!(first, second);
    let signature = Signature::parse(&first).unwrap();
    let signer = recover_address(&personal_message_hash(&message), &signature).unwrap();
    assert_eq!(signer, net.devnet.accounts()[0].address);
    let error = net.refused("eth_sign", json!([NOBODY, message])).await;
    assert_eq!((error.code(), error.message()), (-32_000, "unknown account"));
}

#[tokio::test]
async fn anybody_can_be_impersonated() {
    let net = bare().await;
    let contract = net.create_box().await;
    for account in [NOBODY, contract] {
        give_hetu(&net, account).await;
        net.get::<()>("anvil_impersonateAccount", json!([account])).await;
        let sent = send(&net, json!({"from": account, "to": BOB, "value": "0x1"})).await;
        assert_eq!(sent["from"], json!(account));
        let receipt: Value = net.get("eth_getTransactionReceipt", json!([sent["hash"]])).await;
        assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &json!(account)));
        // No other client can impersonate that account.
        let raw: Bytes = net.get("eth_getRawTransactionByHash", json!([sent["hash"]])).await;
        let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(error.message(), "invalid sender");

        let accounts: Vec<Address> = net.get("eth_accounts", json!([])).await;
        assert!(accounts.contains(&account));
        net.get::<()>("hardhat_stopImpersonatingAccount", json!([account])).await;
        let request = json!({"from": account, "to": BOB});
        let error = net.refused("eth_sendTransaction", json!([request])).await;
        assert_eq!(error.message(), "unknown account");
    }
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(2));
    let error = net.refused("eth_sign", json!([NOBODY, "0x01"])).await;
    assert_eq!(error.message(), "unknown account");
}

#[tokio::test]
async fn equal_transactions_of_two_impersonated_accounts_are_two() {
    let net = bare().await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let mut hashes = Vec::new();
    for account in [NOBODY, Address::repeat_byte(0xab)] {
        give_hetu(&net, account).await;
        net.get::<()>("anvil_impersonateAccount", json!([account])).await;
        hashes.push(send(&net, json!({"from": account, "to": BOB})).await["hash"].clone());
    }
    assert_ne!(hashes[0], hashes[1]);
    net.devnet.mine(1).await;
    assert_eq!(net.block("latest").await["transactions"], json!(hashes));
}
