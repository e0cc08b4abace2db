//! Scenarios: logs.

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

use crate::differential::kit::{
    ANONYMOUS_LOGGER, LOGGER, call, created, creation, merged, signed, word, words,
};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [by_address(), by_topics(), by_range(), out_of_range()].concat()
}

fn first() -> Address {
    created(0, 0)
}

fn second() -> Address {
    created(0, 1)
}

/// Returns a scenario with two loggers and one without topics, and a log of each in blocks 4, 5, 6
/// and 7.
fn logged(name: &'static str) -> Scenario {
    scenario(name)
        .send("one", signed(creation(0, LOGGER)))
        .send("two", signed(creation(1, LOGGER)))
        .send("three", signed(creation(2, ANONYMOUS_LOGGER)))
        .send("four", signed(call(3, first(), words(&[1, 2, 3]))))
        .send("five", signed(call(4, second(), words(&[1, 5, 6]))))
        .send("six", signed(call(5, first(), words(&[7, 2, 6]))))
        .send("seven", signed(call(6, created(0, 2), words(&[1, 2]))))
}

/// Returns a filter for all blocks, narrowed by `fields`.
fn everywhere(fields: Value) -> Value {
    let filter = merged(json!({"fromBlock": "earliest", "toBlock": "latest"}), fields);
    json!([filter])
}

fn by_address() -> Vec<Scenario> {
    vec![
        logged("logs of all addresses are found").ask("eth_getLogs", everywhere(json!({}))),
        logged("logs of one address are found")
            .ask("eth_getLogs", everywhere(json!({"address": first()}))),
        logged("logs of any of several addresses are found")
            .ask("eth_getLogs", everywhere(json!({"address": [first(), second()]})))
            .ask("eth_getLogs", everywhere(json!({"address": []}))),
        logged("an address without logs has none")
            .ask("eth_getLogs", everywhere(json!({"address": Address::repeat_byte(9)}))),
    ]
}

fn by_topics() -> Vec<Scenario> {
    let by = |topics: Value| everywhere(json!({"topics": topics}));
    vec![
        logged("logs with a first topic are found").ask("eth_getLogs", by(json!([word(1)]))),
        logged("a topic may be anything")
            .ask("eth_getLogs", by(json!([null, word(2)])))
            .ask("eth_getLogs", by(json!([null, null, word(6)])))
            .ask("eth_getLogs", by(json!([]))),
        logged("a topic may be one of several")
            .ask("eth_getLogs", by(json!([[word(1), word(7)]])))
            .ask("eth_getLogs", by(json!([[word(1), word(7)], [word(5), word(9)]])))
            .ask("eth_getLogs", by(json!([[], word(2)]))),
        logged("topics that are not there are not found")
            .ask("eth_getLogs", by(json!([word(99)])))
            .ask("eth_getLogs", by(json!([word(2)]))),
        logged("a place for a topic asks for a log that has one")
            .ask("eth_getLogs", by(json!([null])))
            .ask("eth_getLogs", by(json!([null, null, null])))
            .ask("eth_getLogs", by(json!([null, null, null, null]))),
        logged("address and topics narrow together").ask(
            "eth_getLogs",
            everywhere(json!({"address": first(), "topics": [word(1), [word(2), word(5)]]})),
        ),
        logged("a fifth topic is refused")
            .refused("eth_getLogs", by(json!([null, null, null, null, null]))),
    ]
}

fn by_range() -> Vec<Scenario> {
    vec![
        logged("logs of a range of blocks are found")
            .ask("eth_getLogs", json!([{"fromBlock": "0x5", "toBlock": "0x6"}]))
            .ask("eth_getLogs", json!([{"fromBlock": "0x6"}]))
            .ask("eth_getLogs", json!([{"fromBlock": "0x4", "toBlock": "0x4"}])),
        logged("without a range the latest block is meant").ask("eth_getLogs", json!([{}])),
        logged("logs of a block are found by its hash")
            .keep("block", "eth_getBlockByNumber", json!(["0x4", false]))
            .ask("eth_getLogs", json!([{"blockHash": "$block/hash"}]))
            .ask("eth_getLogs", json!([{"blockHash": "$block/hash", "address": second()}]))
            .ask("eth_getLogs", json!([{"blockHash": "$block/hash", "topics": [word(1)]}])),
        logged("tags bound a range").ask(
            "eth_getLogs",
            json!([{"fromBlock": "earliest", "toBlock": "pending", "topics": [word(7)]}]),
        ),
        scenario("logs have their place in the block")
            .send("one", signed(creation(0, LOGGER)))
            .ask("evm_setAutomine", json!([false]))
            .submit("two", signed(call(1, first(), words(&[1, 2, 3]))))
            .submit("three", signed(call(2, first(), words(&[1, 2, 3]))))
            .ask("evm_mine", json!([]))
            .ask("eth_getLogs", everywhere(json!({}))),
        scenario("a chain without logs has none").ask("eth_getLogs", everywhere(json!({}))),
    ]
}

fn out_of_range() -> Vec<Scenario> {
    vec![
        logged("a range that ends before it begins is refused")
            .refused("eth_getLogs", json!([{"fromBlock": "0x6", "toBlock": "0x5"}])),
        logged("a range that ends beyond the head is refused")
            .refused("eth_getLogs", json!([{"fromBlock": "0x6", "toBlock": "0x99"}])),
        logged("a range beyond the head is refused")
            .refused("eth_getLogs", json!([{"fromBlock": "0x98", "toBlock": "0x99"}]))
            .refused("eth_getLogs", json!([{"fromBlock": "0x98"}])),
        logged("an unknown block has no logs")
            .refused("eth_getLogs", json!([{"blockHash": B256::repeat_byte(7)}])),
        logged("a block is named by hash or by range").refused(
            "eth_getLogs",
            json!([{"blockHash": B256::repeat_byte(7), "fromBlock": "0x1"}]),
        ),
    ]
}
