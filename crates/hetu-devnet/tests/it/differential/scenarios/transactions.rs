//! Scenarios: mined transactions and their receipts.

use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, TxKind, U256, hex};
use serde_json::json;

use crate::differential::kit::{
    BOX, ENDLESS, FACTORY, LOGGER, REFUSER, address, call, created, creating, creation, legacy,
    signed, signed_by, transfer, words,
};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [found(), receipts(), failed(), receipts_of_blocks()].concat()
}

fn found() -> Vec<Scenario> {
    let unknown = B256::repeat_byte(7);
    vec![
        scenario("an unknown transaction is not found")
            .ask("eth_getTransactionByHash", json!([unknown]))
            .ask("eth_getTransactionReceipt", json!([unknown])),
        scenario("a transaction is found by its place in a block")
            .send("payment", signed(transfer(0)))
            .keep("block", "eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0x0"]))
            .ask("eth_getTransactionByBlockNumberAndIndex", json!(["latest", "0x0"]))
            .ask("eth_getTransactionByBlockHashAndIndex", json!(["$block/hash", "0x0"])),
        scenario("there is no transaction at a place that is not there")
            .send("payment", signed(transfer(0)))
            .ask("eth_getTransactionByBlockNumberAndIndex", json!(["0x1", "0x1"]))
            .ask("eth_getTransactionByBlockNumberAndIndex", json!(["0x0", "0x0"]))
            .ask("eth_getTransactionByBlockNumberAndIndex", json!(["0x9", "0x0"]))
            .ask("eth_getTransactionByBlockHashAndIndex", json!([unknown, "0x0"])),
        scenario("a transaction is had as it was sent")
            .send("payment", signed(transfer(0)))
            .send("older", signed(legacy(1)))
            .ask("eth_getRawTransactionByHash", json!(["$payment"]))
            .ask("eth_getRawTransactionByHash", json!(["$older"])),
    ]
}

fn receipts() -> Vec<Scenario> {
    let contract = created(0, 0);
    let endowed = TxEip1559 { value: U256::from(5), ..creation(0, BOX) };
    vec![
        scenario("the receipt of a creation names the contract")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_getTransactionByHash", json!(["$creation"]))
            .ask("eth_getTransactionReceipt", json!(["$creation"])),
        scenario("a contract can be created with a balance")
            .send("creation", signed(endowed))
            .ask("eth_getTransactionReceipt", json!(["$creation"]))
            .ask("eth_getBalance", json!([contract, "latest"])),
        scenario("a receipt holds the logs of the transaction")
            .send("creation", signed(creation(0, LOGGER)))
            .send("log", signed(call(1, contract, words(&[1, 2, 3]))))
            .ask("eth_getTransactionReceipt", json!(["$log"])),
        scenario("logs and gas are counted through the block")
            .send("creation", signed(creation(0, LOGGER)))
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .submit("second", signed(call(2, contract, words(&[4, 5, 6]))))
            .ask("evm_mine", json!([]))
            .ask("eth_getTransactionReceipt", json!(["$first"]))
            .ask("eth_getTransactionReceipt", json!(["$second"])),
        scenario("a contract creates contracts")
            .send("creation", signed(creation(0, FACTORY)))
            .send("second", signed(call(1, contract, creating(BOX))))
            .ask("eth_getTransactionReceipt", json!(["$second"]))
            .ask("eth_getCode", json!([contract.create(1), "latest"]))
            .ask("eth_getTransactionCount", json!([contract, "latest"])),
        scenario("a contract that destroys itself sends its balance away")
            .send("creation", signed(creation(0, &hex!("33ff"))))
            .send("end", signed_by(1, call(0, contract, hex!(""))))
            .ask("eth_getTransactionReceipt", json!(["$end"]))
            .ask("eth_getCode", json!([contract, "latest"])),
        scenario("cleared storage gives gas back")
            .send("creation", signed(creation(0, BOX)))
            .send("fill", signed(call(1, contract, words(&[7]))))
            .send("clear", signed(call(2, contract, words(&[0]))))
            .ask("eth_getTransactionReceipt", json!(["$clear"])),
    ]
}

fn failed() -> Vec<Scenario> {
    let contract = created(0, 0);
    let broken = |code: &[u8]| TxEip1559 { to: TxKind::Create, ..call(0, contract, code.to_vec()) };
    vec![
        scenario("a transaction that reverts is mined and says so")
            .send("creation", signed(creation(0, REFUSER)))
            .send("refused", signed(call(1, contract, words(&[7]))))
            .ask("eth_getTransactionReceipt", json!(["$refused"]))
            .ask("eth_getTransactionCount", json!([address(0), "latest"])),
        scenario("a transaction that runs out of gas is mined and says so")
            .send("creation", signed(creation(0, ENDLESS)))
            .send("endless", signed(call(1, contract, words(&[7]))))
            .ask("eth_getTransactionReceipt", json!(["$endless"])),
        scenario("a creation that reverts leaves no code")
            .send("creation", signed(broken(&hex!("5f5ffd"))))
            .ask("eth_getTransactionReceipt", json!(["$creation"]))
            .ask("eth_getCode", json!([contract, "latest"])),
        scenario("a creation that halts leaves no code")
            .send("creation", signed(broken(&hex!("fe"))))
            .ask("eth_getTransactionReceipt", json!(["$creation"])),
    ]
}

fn receipts_of_blocks() -> Vec<Scenario> {
    vec![
        scenario("the receipts of a block are had together")
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(transfer(0)))
            .submit("second", signed(creation(1, BOX)))
            .ask("evm_mine", json!([]))
            .keep("block", "eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockReceipts", json!(["0x1"]))
            .ask("eth_getBlockReceipts", json!(["latest"]))
            .ask("eth_getBlockReceipts", json!(["$block/hash"]))
            .ask("eth_getBlockReceipts", json!([{"blockHash": "$block/hash"}])),
        scenario("an empty block has no receipts").ask("eth_getBlockReceipts", json!(["earliest"])),
        scenario("a block that is not there has no list of receipts")
            .ask("eth_getBlockReceipts", json!(["0x9"]))
            .ask("eth_getBlockReceipts", json!([B256::repeat_byte(7)])),
    ]
}
