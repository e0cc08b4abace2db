//! Scenarios: accounts with keys at the node, and the node itself.

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};

use crate::differential::kit::{
    BOB, BOX, GWEI, address, created, creating, creation, merged, signed, word, words,
};
use crate::differential::script::{Scenario, scenario};

const STRANGER: Address = Address::repeat_byte(0xaa);

pub(super) fn scenarios() -> Vec<Scenario> {
    [node(), sent(), not_sent(), signatures(), pretended()].concat()
}

fn node() -> Vec<Scenario> {
    vec![
        scenario("the chain says which one it is")
            .ask("eth_chainId", json!([]))
            .ask("net_version", json!([])),
        scenario("the node listens and is in step")
            .ask("net_listening", json!([]))
            .ask("eth_syncing", json!([])),
        scenario("the node has no peers").ask("net_peerCount", json!([])),
        scenario("the node says what it is").ask("web3_clientVersion", json!([])),
        scenario("the node hashes")
            .ask("web3_sha3", json!(["0x"]))
            .ask("web3_sha3", json!(["0x68656c6c6f"])),
        scenario("the node names its accounts").ask("eth_accounts", json!([])),
        scenario("the node does not mine by work").refused("eth_mining", json!([])),
    ]
}

/// Returns a transaction of the first account with a fixed price, so that the nodes do not choose
/// one.
fn send(fields: Value) -> Value {
    let transaction = merged(
        json!({
            "from": address(0),
            "maxFeePerGas": U256::from(3 * GWEI),
            "maxPriorityFeePerGas": U256::from(GWEI),
        }),
        fields,
    );
    json!([transaction])
}

fn send_at_price(fields: Value) -> Value {
    let transaction = merged(json!({"from": address(0), "gasPrice": U256::from(3 * GWEI)}), fields);
    json!([transaction])
}

fn sent() -> Vec<Scenario> {
    let payment = json!({"to": BOB, "value": "0x1", "gas": "0x5208"});
    let bare = json!([{"from": address(0), "to": BOB, "value": "0x1"}]);
    let looked_up = |scenario: Scenario| {
        scenario
            .mined("transaction")
            .ask("eth_getTransactionByHash", json!(["$transaction"]))
            .ask("eth_getTransactionReceipt", json!(["$transaction"]))
    };
    let mined =
        |name, params| looked_up(scenario(name).keep("transaction", "eth_sendTransaction", params));
    vec![
        mined("the node signs a payment", send(payment.clone())),
        mined(
            "the node signs a payment that names its nonce",
            send(json!({"to": BOB, "value": "0x1", "gas": "0x5208", "nonce": "0x0"})),
        ),
        mined("the node signs a legacy payment", send_at_price(payment.clone())),
        mined(
            "the node signs a payment with an access list",
            send_at_price(json!({"to": BOB, "gas": "0x15f90", "accessList": []})),
        ),
        mined("the node signs a creation", send(json!({"input": creating(BOX), "gas": "0x30d40"}))),
        mined("the node estimates the gas of a payment", send(json!({"to": BOB, "value": "0x1"}))),
        looked_up(scenario("the node makes up a price for a payment").handle(
            "transaction",
            "eth_sendTransaction",
            bare,
        )),
        scenario("the node counts nonces on")
            .keep("first", "eth_sendTransaction", send(payment.clone()))
            .mined("first")
            .keep("second", "eth_sendTransaction", send(payment))
            .mined("second")
            .ask("eth_getTransactionCount", json!([address(0), "latest"])),
        scenario("the node signs a call")
            .send("creation", signed(creation(0, BOX)))
            .keep(
                "fill",
                "eth_sendTransaction",
                send(json!({"to": created(0, 0), "data": words(&[7]), "gas": "0x30d40"})),
            )
            .mined("fill")
            .ask("eth_getStorageAt", json!([created(0, 0), "0x0", "latest"])),
    ]
}

fn not_sent() -> Vec<Scenario> {
    vec![
        scenario("the node does not sign for a stranger").refused(
            "eth_sendTransaction",
            json!([{"from": STRANGER, "to": BOB, "gas": "0x5208"}]),
        ),
        scenario("the node does not sign what cannot be paid").refused(
            "eth_sendTransaction",
            send(json!({"to": BOB, "value": U256::MAX, "gas": "0x5208"})),
        ),
        scenario("the node does not sign for another chain").refused(
            "eth_sendTransaction",
            send(json!({"to": BOB, "chainId": "0x1", "gas": "0x5208"})),
        ),
    ]
}

fn signatures() -> Vec<Scenario> {
    vec![
        scenario("the node signs messages")
            .ask("eth_sign", json!([address(0), "0x68656c6c6f"]))
            .ask("personal_sign", json!(["0x68656c6c6f", address(0)])),
        scenario("the node does not sign messages for a stranger")
            .refused("eth_sign", json!([STRANGER, "0x68656c6c6f"]))
            .refused("personal_sign", json!(["0x68656c6c6f", STRANGER])),
    ]
}

fn pretended() -> Vec<Scenario> {
    vec![
        scenario("an account is impersonated until that is stopped")
            .ask("anvil_setBalance", json!([STRANGER, "0xde0b6b3a7640000"]))
            .ask("anvil_impersonateAccount", json!([STRANGER]))
            .handle(
                "payment",
                "eth_sendTransaction",
                json!([{"from": STRANGER, "to": BOB, "value": "0x1", "gas": "0x5208"}]),
            )
            .mined("payment")
            .ask("eth_getBalance", json!([BOB, "latest"]))
            .ask("anvil_stopImpersonatingAccount", json!([STRANGER]))
            .refused(
                "eth_sendTransaction",
                json!([{"from": STRANGER, "to": BOB, "value": "0x1", "gas": "0x5208"}]),
            ),
        scenario("a balance is set")
            .ask("anvil_setBalance", json!([BOB, "0x7"]))
            .ask("eth_getBalance", json!([BOB, "latest"]))
            .ask("hardhat_setBalance", json!([BOB, "0x8"]))
            .ask("eth_getBalance", json!([BOB, "latest"])),
        scenario("code is set")
            .ask("anvil_setCode", json!([BOB, "0x602a5f5260205ff3"]))
            .ask("eth_getCode", json!([BOB, "latest"]))
            .ask("eth_call", json!([{"to": BOB}, "latest"])),
        scenario("storage is set")
            .ask("anvil_setStorageAt", json!([BOB, "0x0", word(7)]))
            .ask("eth_getStorageAt", json!([BOB, "0x0", "latest"])),
        scenario("a nonce is set")
            .ask("anvil_setNonce", json!([BOB, "0x5"]))
            .ask("eth_getTransactionCount", json!([BOB, "latest"])),
    ]
}
