//! Scenarios: blocks, time and snapshots on demand.

use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, U256};
use serde_json::json;

use crate::differential::kit::{
    BOB, BOX, address, call, created, creation, signed, transfer, words,
};
use crate::differential::script::{Scenario, scenario};

/// A time later than the clock of any test.
const LATER: u64 = 4_000_000_000;

pub(super) fn scenarios() -> Vec<Scenario> {
    [mined(), time(), snapshots(), reorganised(), pool()].concat()
}

fn mined() -> Vec<Scenario> {
    vec![
        scenario("a block is mined on demand")
            .ask("evm_mine", json!([]))
            .ask("eth_blockNumber", json!([])),
        scenario("a block is mined on demand at a time")
            .ask("evm_mine", json!([{"timestamp": LATER}]))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("a block is mined on demand at a time that is given alone")
            .ask("evm_mine", json!([LATER]))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("several blocks are mined on demand")
            .ask("anvil_mine", json!(["0x3"]))
            .ask("eth_blockNumber", json!([]))
            .ask("hardhat_mine", json!(["0x2"]))
            .ask("eth_blockNumber", json!([])),
        scenario("blocks are mined apart")
            .ask("evm_setNextBlockTimestamp", json!([LATER]))
            .ask("anvil_mine", json!(["0x3", "0x3c"]))
            .ask("eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockByNumber", json!(["0x2", false]))
            .ask("eth_getBlockByNumber", json!(["0x3", false])),
        scenario("nothing is mined while that is turned off")
            .ask("evm_setAutomine", json!([false]))
            .submit("payment", signed(transfer(0)))
            .ask("eth_blockNumber", json!([]))
            .ask("evm_mine", json!([]))
            .ask("eth_getTransactionReceipt", json!(["$payment"])),
        scenario("a full block leaves the rest to the next")
            .ask("evm_setAutomine", json!([false]))
            .submit("first", signed(TxEip1559 { gas_limit: 20_000_000, ..transfer(0) }))
            .submit("second", signed(TxEip1559 { gas_limit: 20_000_000, ..transfer(1) }))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockTransactionCountByNumber", json!(["0x1"]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockTransactionCountByNumber", json!(["0x2"])),
        scenario("whether blocks are mined at once can be asked")
            .ask("anvil_getAutomine", json!([]))
            .ask("evm_setAutomine", json!([false]))
            .ask("anvil_getAutomine", json!([])),
    ]
}

fn time() -> Vec<Scenario> {
    vec![
        scenario("time is moved forward")
            .ask("evm_increaseTime", json!([3_600]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("time is moved forward by digits")
            .ask("evm_increaseTime", json!(["0xe10"]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("the time of the next block is set, and the others follow")
            .ask("evm_setNextBlockTimestamp", json!([LATER]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["latest", false]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("the time of the next block is set by digits")
            .ask("evm_setNextBlockTimestamp", json!([U256::from(LATER)]))
            .send("payment", signed(transfer(0)))
            .ask("eth_getBlockByNumber", json!(["latest", false])),
        scenario("the time of a block is not before that of its parent")
            .refused("evm_setNextBlockTimestamp", json!([1])),
        scenario("a pending block has the time that was set")
            .ask("evm_setNextBlockTimestamp", json!([LATER]))
            .ask("eth_getBlockByNumber", json!(["pending", false])),
    ]
}

fn snapshots() -> Vec<Scenario> {
    let contract = created(0, 0);
    vec![
        scenario("a snapshot brings state and blocks back")
            .send("creation", signed(creation(0, BOX)))
            .send("first", signed(call(1, contract, words(&[7]))))
            .handle("snapshot", "evm_snapshot", json!([]))
            .send("second", signed(call(2, contract, words(&[8]))))
            .ask("evm_revert", json!(["$snapshot"]))
            .ask("eth_blockNumber", json!([]))
            .ask("eth_getStorageAt", json!([contract, "0x0", "latest"]))
            .ask("eth_getTransactionCount", json!([address(0), "latest"]))
            .ask("eth_getTransactionReceipt", json!(["$second"]))
            .ask("eth_getBlockByNumber", json!(["0x3", false]))
            .ask("eth_getBlockByNumber", json!(["0x2", false])),
        scenario("a snapshot serves once")
            .handle("snapshot", "evm_snapshot", json!([]))
            .ask("evm_revert", json!(["$snapshot"]))
            .ask("evm_revert", json!(["$snapshot"])),
        scenario("a snapshot ends those after it")
            .handle("snapshot", "evm_snapshot", json!([]))
            .ask("evm_mine", json!([]))
            .handle("later", "evm_snapshot", json!([]))
            .ask("evm_revert", json!(["$snapshot"]))
            .ask("evm_revert", json!(["$later"])),
        scenario("an unknown snapshot brings nothing back")
            .ask("evm_revert", json!(["0x1234"]))
            .ask("eth_blockNumber", json!([])),
        scenario("a chain goes on after a snapshot was brought back")
            .handle("snapshot", "evm_snapshot", json!([]))
            .send("first", signed(transfer(0)))
            .ask("evm_revert", json!(["$snapshot"]))
            .send("second", signed(TxEip1559 { value: U256::from(5), ..transfer(0) }))
            .ask("eth_getBalance", json!([BOB, "latest"]))
            .ask("eth_blockNumber", json!([])),
        scenario("logs of blocks that were taken back are gone")
            .send("creation", signed(creation(0, BOX)))
            .handle("snapshot", "evm_snapshot", json!([]))
            .send("fill", signed(call(1, contract, words(&[7]))))
            .ask("evm_revert", json!(["$snapshot"]))
            .ask("eth_getLogs", json!([{"fromBlock": "0x0"}])),
    ]
}

fn reorganised() -> Vec<Scenario> {
    vec![
        scenario("the last blocks are replaced by empty ones")
            .ask("anvil_mine", json!(["0x5"]))
            .keep("old", "eth_getBlockByNumber", json!(["0x4", false]))
            .ask("anvil_reorg", json!([2, []]))
            .ask("eth_blockNumber", json!([]))
            .ask("eth_getBlockByHash", json!(["$old/hash", false]))
            .ask("eth_getBlockByNumber", json!(["0x3", false]))
            .ask("eth_getBlockByNumber", json!(["0x5", false])),
        scenario("the chain is not replaced from before its beginning")
            .ask("evm_mine", json!([]))
            .refused("anvil_reorg", json!([5, []])),
    ]
}

fn pool() -> Vec<Scenario> {
    vec![
        scenario("a waiting transaction is taken away")
            .ask("evm_setAutomine", json!([false]))
            .submit("payment", signed(transfer(0)))
            .ask("anvil_dropTransaction", json!(["$payment"]))
            .ask("eth_getTransactionByHash", json!(["$payment"]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBalance", json!([BOB, "latest"])),
        scenario("a transaction that does not wait cannot be taken away")
            .ask("anvil_dropTransaction", json!([B256::repeat_byte(7)])),
    ]
}
