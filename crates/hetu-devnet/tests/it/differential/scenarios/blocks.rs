//! Scenarios: blocks.

use alloy_consensus::TxEip1559;
use alloy_primitives::B256;
use serde_json::json;

use crate::differential::kit::{
    GWEI, LOGGER, call, created, creation, signed, signed_by, transfer, words,
};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [found(), described(), pending(), counted()].concat()
}

fn found() -> Vec<Scenario> {
    vec![
        scenario("a new chain has one block").ask("eth_blockNumber", json!([])),
        scenario("the genesis block is found by number, tag and hash")
            .keep("genesis", "eth_getBlockByNumber", json!(["0x0", false]))
            .ask("eth_getBlockByNumber", json!(["earliest", false]))
            .ask("eth_getBlockByNumber", json!(["latest", false]))
            .ask("eth_getBlockByHash", json!(["$genesis/hash", false])),
        scenario("the genesis block is safe and final")
            .ask("eth_getBlockByNumber", json!(["safe", false]))
            .ask("eth_getBlockByNumber", json!(["finalized", false])),
        scenario("the latest block is safe and final")
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["safe", false]))
            .ask("eth_getBlockByNumber", json!(["finalized", false])),
        scenario("a number beyond the head has no block")
            .ask("eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockByNumber", json!(["0xffffffff", true])),
        scenario("an unknown hash has no block")
            .ask("eth_getBlockByHash", json!([B256::repeat_byte(7), false]))
            .ask("eth_getBlockByHash", json!([B256::repeat_byte(7), true])),
        scenario("blocks link to each other")
            .ask("evm_mine", json!([]))
            .ask("evm_mine", json!([]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["0x0", false]))
            .ask("eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockByNumber", json!(["0x2", false]))
            .keep("head", "eth_getBlockByNumber", json!(["0x3", false]))
            .ask("eth_getBlockByHash", json!(["$head/parentHash", false]))
            .ask("eth_blockNumber", json!([])),
        scenario("a block is asked for without saying how its transactions are wanted")
            .ask("eth_getBlockByNumber", json!(["latest"])),
    ]
}

fn described() -> Vec<Scenario> {
    vec![
        scenario("an empty block has the roots of nothing")
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("a block names its transactions by hash")
            .send("payment", signed(transfer(0)))
            .keep("block", "eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockByHash", json!(["$block/hash", false])),
        scenario("a block holds whole transactions if that is wanted")
            .send("payment", signed(transfer(0)))
            .keep("block", "eth_getBlockByNumber", json!(["0x1", true]))
            .ask("eth_getBlockByHash", json!(["$block/hash", true])),
        scenario("several transactions share a block, the best paid first")
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(transfer(0)))
            .submit("second", signed(transfer(1)))
            .submit("better", signed_by(1, better_paid()))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["0x1", true])),
        scenario("the bloom of a block tells of its logs")
            .send("creation", signed(creation(0, LOGGER)))
            .send("log", signed(call(1, created(0, 0), words(&[1, 2, 3]))))
            .ask("eth_getBlockByNumber", json!(["0x2", false])),
        scenario("the base fee follows how full the blocks are")
            .send("creation", signed(creation(0, LOGGER)))
            .ask("evm_mine", json!([]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockByNumber", json!(["0x2", false]))
            .ask("eth_getBlockByNumber", json!(["0x3", false])),
    ]
}

fn pending() -> Vec<Scenario> {
    vec![
        scenario("the pending block of an idle chain is empty")
            .ask("eth_getBlockByNumber", json!(["pending", false])),
        scenario("the pending block holds what waits")
            .ask("evm_setAutomine", json!([false]))
            .submit("payment", signed(transfer(0)))
            .ask("eth_getBlockByNumber", json!(["pending", false]))
            .ask("eth_getBlockByNumber", json!(["pending", true]))
            .ask("eth_blockNumber", json!([])),
        scenario("transactions of the pending block are counted")
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(transfer(0)))
            .submit("second", signed(transfer(1)))
            .ask("eth_getBlockTransactionCountByNumber", json!(["pending"])),
    ]
}

fn counted() -> Vec<Scenario> {
    vec![
        scenario("transactions of a block are counted")
            .send("payment", signed(transfer(0)))
            .keep("block", "eth_getBlockByNumber", json!(["latest", false]))
            .ask("eth_getBlockTransactionCountByNumber", json!(["0x1"]))
            .ask("eth_getBlockTransactionCountByNumber", json!(["earliest"]))
            .ask("eth_getBlockTransactionCountByHash", json!(["$block/hash"])),
        scenario("a block that is not there has no count of transactions")
            .ask("eth_getBlockTransactionCountByNumber", json!(["0x9"]))
            .ask("eth_getBlockTransactionCountByHash", json!([B256::repeat_byte(7)])),
        scenario("no block has uncles")
            .keep("block", "eth_getBlockByNumber", json!(["latest", false]))
            .ask("eth_getUncleCountByBlockNumber", json!(["latest"]))
            .ask("eth_getUncleCountByBlockHash", json!(["$block/hash"]))
            .ask("eth_getUncleByBlockNumberAndIndex", json!(["latest", "0x0"]))
            .ask("eth_getUncleByBlockHashAndIndex", json!(["$block/hash", "0x0"])),
    ]
}

/// Returns a transfer with a higher tip. Anvil orders by the highest fee, so the fee is higher as
/// well.
fn better_paid() -> TxEip1559 {
    TxEip1559 { max_fee_per_gas: 20 * GWEI, max_priority_fee_per_gas: 2 * GWEI, ..transfer(0) }
}
