//! Scenarios: filters that are polled.

use serde_json::json;

use crate::differential::kit::{
    BOX, LOGGER, call, created, creation, signed, transfer, word, words,
};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [of_logs(), of_blocks(), of_transactions(), unknown()].concat()
}

fn of_logs() -> Vec<Scenario> {
    let contract = created(0, 0);
    let logger = |name| scenario(name).send("creation", signed(creation(0, LOGGER)));
    vec![
        logger("a filter tells the logs since it was asked last")
            .handle("filter", "eth_newFilter", json!([{"address": contract}]))
            .ask("eth_getFilterChanges", json!(["$filter"]))
            .send("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .send("second", signed(call(2, contract, words(&[4, 5, 6]))))
            .ask("eth_getFilterChanges", json!(["$filter"]))
            .ask("eth_getFilterChanges", json!(["$filter"])),
        logger("a filter tells only the logs that it is for")
            .handle("filter", "eth_newFilter", json!([{"topics": [word(4)]}]))
            .send("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .send("second", signed(call(2, contract, words(&[4, 5, 6]))))
            .ask("eth_getFilterChanges", json!(["$filter"])),
        logger("all logs of a filter are had however often they are asked for")
            .send("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .handle("filter", "eth_newFilter", json!([{"fromBlock": "0x0", "toBlock": "latest"}]))
            .send("second", signed(call(2, contract, words(&[4, 5, 6]))))
            .ask("eth_getFilterLogs", json!(["$filter"]))
            .ask("eth_getFilterLogs", json!(["$filter"])),
        scenario("a filter may be for a contract that is not there yet")
            .handle("filter", "eth_newFilter", json!([{"address": contract}]))
            .send("creation", signed(creation(0, BOX)))
            .send("fill", signed(call(1, contract, words(&[7]))))
            .ask("eth_getFilterChanges", json!(["$filter"])),
        scenario("a filter for a range that ends before it begins is refused")
            .refused("eth_newFilter", json!([{"fromBlock": "0x6", "toBlock": "0x5"}])),
    ]
}

fn of_blocks() -> Vec<Scenario> {
    vec![
        scenario("a filter tells the new blocks")
            .handle("filter", "eth_newBlockFilter", json!([]))
            .ask("eth_getFilterChanges", json!(["$filter"]))
            .ask("evm_mine", json!([]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBlockByNumber", json!(["0x1", false]))
            .ask("eth_getBlockByNumber", json!(["0x2", false]))
            .ask("eth_getFilterChanges", json!(["$filter"]))
            .ask("eth_getFilterChanges", json!(["$filter"])),
        scenario("a filter of blocks has no logs")
            .handle("filter", "eth_newBlockFilter", json!([]))
            .refused("eth_getFilterLogs", json!(["$filter"])),
    ]
}

fn of_transactions() -> Vec<Scenario> {
    vec![
        scenario("a filter tells the transactions that wait")
            .ask("evm_setAutomine", json!([false]))
            .handle("filter", "eth_newPendingTransactionFilter", json!([]))
            .submit("first", signed(transfer(0)))
            .submit("second", signed(transfer(1)))
            .ask("eth_getFilterChanges", json!(["$filter"]))
            .ask("eth_getFilterChanges", json!(["$filter"])),
        scenario("a filter tells transactions that were mined meanwhile")
            .handle("filter", "eth_newPendingTransactionFilter", json!([]))
            .send("first", signed(transfer(0)))
            .ask("eth_getFilterChanges", json!(["$filter"])),
    ]
}

fn unknown() -> Vec<Scenario> {
    vec![
        scenario("an unknown filter is not found")
            .refused("eth_getFilterChanges", json!(["0x1234"]))
            .refused("eth_getFilterLogs", json!(["0x1234"])),
        scenario("a filter can be taken away once")
            .handle("filter", "eth_newBlockFilter", json!([]))
            .ask("eth_uninstallFilter", json!(["$filter"]))
            .ask("eth_uninstallFilter", json!(["$filter"]))
            .refused("eth_getFilterChanges", json!(["$filter"])),
        scenario("a filter that never was cannot be taken away")
            .ask("eth_uninstallFilter", json!(["0x1234"])),
    ]
}
