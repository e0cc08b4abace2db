//! Scenarios: the state of accounts.

use alloy_primitives::{Address, B256, U256};
use serde_json::json;

use crate::differential::kit::{
    BOB, BOX, address, call, created, creation, signed, transfer, word, words,
};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [balances(), nonces(), code_and_storage(), unknown_blocks()].concat()
}

fn balances() -> Vec<Scenario> {
    vec![
        scenario("accounts hold what they were given")
            .ask("eth_getBalance", json!([address(0), "latest"]))
            .ask("eth_getBalance", json!([address(3), "earliest"])),
        scenario("an account that nobody has heard of holds nothing")
            .ask("eth_getBalance", json!([Address::repeat_byte(0xee), "latest"]))
            .ask("eth_getTransactionCount", json!([Address::repeat_byte(0xee), "latest"]))
            .ask("eth_getCode", json!([Address::repeat_byte(0xee), "latest"])),
        scenario("a balance is asked for without naming a block")
            .ask("eth_getBalance", json!([address(0)])),
        scenario("a payment and its fees are taken from the sender")
            .send("payment", signed(transfer(0)))
            .ask("eth_getBalance", json!([address(0), "latest"]))
            .ask("eth_getBalance", json!([BOB, "latest"]))
            .ask("eth_getBalance", json!([Address::ZERO, "latest"])),
        scenario("a balance is read as it was")
            .send("first", signed(transfer(0)))
            .send("second", signed(transfer(1)))
            .ask("eth_getBalance", json!([BOB, "0x0"]))
            .ask("eth_getBalance", json!([BOB, "0x1"]))
            .ask("eth_getBalance", json!([BOB, "0x2"])),
        scenario("a balance is read at a block that is named by its hash")
            .send("first", signed(transfer(0)))
            .send("second", signed(transfer(1)))
            .keep("block", "eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBalance", json!([BOB, "$block/hash"]))
            .ask("eth_getBalance", json!([BOB, {"blockHash": "$block/hash"}]))
            .ask("eth_getBalance", json!([BOB, {"blockNumber": "0x1"}])),
        scenario("a block is required to be canonical")
            .send("first", signed(transfer(0)))
            .keep("block", "eth_getBlockByNumber", json!(["0x1", false]))
            .ask(
                "eth_getBalance",
                json!([BOB, {"blockHash": "$block/hash", "requireCanonical": true}]),
            )
            .ask(
                "eth_getBalance",
                json!([BOB, {"blockHash": "$block/hash", "requireCanonical": false}]),
            ),
        scenario("the pending balance counts what waits")
            .ask("evm_setAutomine", json!([false]))
            .submit("payment", signed(transfer(0)))
            .ask("eth_getBalance", json!([BOB, "pending"]))
            .ask("eth_getBalance", json!([BOB, "latest"])),
    ]
}

fn nonces() -> Vec<Scenario> {
    vec![
        scenario("a nonce counts the mined transactions")
            .ask("eth_getTransactionCount", json!([address(0), "latest"]))
            .send("first", signed(transfer(0)))
            .send("second", signed(transfer(1)))
            .ask("eth_getTransactionCount", json!([address(0), "latest"]))
            .ask("eth_getTransactionCount", json!([address(0)]))
            .ask("eth_getTransactionCount", json!([address(0), "0x1"]))
            .ask("eth_getTransactionCount", json!([address(0), "earliest"])),
        scenario("the pending nonce counts what waits")
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(transfer(0)))
            .submit("second", signed(transfer(1)))
            .ask("eth_getTransactionCount", json!([address(0), "pending"]))
            .ask("eth_getTransactionCount", json!([address(0), "latest"])),
        scenario("the pending nonce stops at a gap")
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(transfer(0)))
            .submit("third", signed(transfer(2)))
            .ask("eth_getTransactionCount", json!([address(0), "pending"])),
        scenario("a nonce is read at a block that is named by its hash")
            .send("first", signed(transfer(0)))
            .keep("block", "eth_getBlockByNumber", json!(["0x0", false]))
            .ask("eth_getTransactionCount", json!([address(0), {"blockHash": "$block/hash"}])),
        scenario("a contract begins with nonce one")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_getTransactionCount", json!([created(0, 0), "latest"])),
    ]
}

fn code_and_storage() -> Vec<Scenario> {
    let contract = created(0, 0);
    vec![
        scenario("code is read as it was")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_getCode", json!([contract, "latest"]))
            .ask("eth_getCode", json!([contract]))
            .ask("eth_getCode", json!([contract, "earliest"]))
            .ask("eth_getCode", json!([address(0), "latest"])),
        scenario("a slot of storage is read as it was")
            .send("creation", signed(creation(0, BOX)))
            .send("first", signed(call(1, contract, words(&[7]))))
            .send("second", signed(call(2, contract, words(&[8]))))
            .keep("block", "eth_getBlockByNumber", json!(["0x2", false]))
            .ask("eth_getStorageAt", json!([contract, "0x0", "latest"]))
            .ask("eth_getStorageAt", json!([contract, "0x0", "0x1"]))
            .ask("eth_getStorageAt", json!([contract, "0x0", "0x2"]))
            .ask("eth_getStorageAt", json!([contract, "0x0", {"blockHash": "$block/hash"}])),
        scenario("a slot of storage is written in several ways")
            .send("creation", signed(creation(0, BOX)))
            .send("first", signed(call(1, contract, words(&[7]))))
            .ask("eth_getStorageAt", json!([contract, word(0), "latest"]))
            .ask("eth_getStorageAt", json!([contract, "0x0"]))
            .ask("eth_getStorageAt", json!([contract, "0x00", "latest"]))
            .ask("eth_getStorageAt", json!([contract, U256::MAX, "latest"])),
        scenario("storage that was never written is zero")
            .ask("eth_getStorageAt", json!([BOB, "0x0", "latest"])),
        scenario("there are no proofs of accounts")
            .refused("eth_getProof", json!([address(0), [], "latest"])),
    ]
}

fn unknown_blocks() -> Vec<Scenario> {
    let unknown = B256::repeat_byte(7);
    vec![
        scenario("nothing is read at a number beyond the head")
            .refused("eth_getBalance", json!([BOB, "0x9"]))
            .refused("eth_getTransactionCount", json!([BOB, "0x9"]))
            .refused("eth_getCode", json!([BOB, "0x9"]))
            .refused("eth_getStorageAt", json!([BOB, "0x0", "0x9"])),
        scenario("nothing is read at an unknown hash")
            .refused("eth_getBalance", json!([BOB, {"blockHash": unknown}]))
            .refused(
                "eth_getBalance",
                json!([BOB, {"blockHash": unknown, "requireCanonical": true}]),
            )
            .refused("eth_getCode", json!([BOB, {"blockHash": unknown}])),
    ]
}
