//! Scenarios: subscriptions over a WebSocket.

use serde_json::json;

use crate::differential::kit::{
    BOX, LOGGER, call, created, creation, signed, transfer, word, words,
};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [heads(), logs(), transactions(), ended()].concat()
}

fn heads() -> Vec<Scenario> {
    vec![
        scenario("new heads are told in order")
            .subscribe("heads", json!(["newHeads"]))
            .ask("evm_mine", json!([]))
            .notified("heads")
            .ask("evm_mine", json!([]))
            .notified("heads")
            .ask("eth_getBlockByNumber", json!(["0x2", false])),
        scenario("the head of a block with transactions is told")
            .subscribe("heads", json!(["newHeads"]))
            .send("creation", signed(creation(0, BOX)))
            .notified("heads"),
        scenario("two subscriptions are served side by side")
            .subscribe("heads", json!(["newHeads"]))
            .subscribe("others", json!(["newHeads"]))
            .ask("evm_mine", json!([]))
            .notified("others")
            .notified("heads"),
    ]
}

fn logs() -> Vec<Scenario> {
    let contract = created(0, 0);
    let logger = |name| scenario(name).send("creation", signed(creation(0, LOGGER)));
    vec![
        logger("logs are told as they come")
            .subscribe("logs", json!(["logs", {}]))
            .send("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .notified("logs")
            .send("second", signed(call(2, contract, words(&[4, 5, 6]))))
            .notified("logs"),
        logger("only logs that were asked for are told")
            .subscribe("logs", json!(["logs", {"address": contract, "topics": [word(4)]}]))
            .send("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .send("second", signed(call(2, contract, words(&[4, 5, 6]))))
            .notified("logs"),
        logger("logs are told without a filter")
            .subscribe("logs", json!(["logs"]))
            .send("first", signed(call(1, contract, words(&[1, 2, 3]))))
            .notified("logs"),
    ]
}

fn transactions() -> Vec<Scenario> {
    vec![
        scenario("waiting transactions are told by their hashes")
            .ask("evm_setAutomine", json!([false]))
            .subscribe("waiting", json!(["newPendingTransactions"]))
            .submit("first", signed(transfer(0)))
            .notified("waiting")
            .submit("second", signed(transfer(1)))
            .notified("waiting"),
        scenario("waiting transactions are told in full if that is wanted")
            .ask("evm_setAutomine", json!([false]))
            .subscribe("waiting", json!(["newPendingTransactions", true]))
            .submit("first", signed(transfer(0)))
            .notified("waiting"),
    ]
}

fn ended() -> Vec<Scenario> {
    vec![
        scenario("a subscription is ended once")
            .subscribe("heads", json!(["newHeads"]))
            .ask_over_websocket("eth_unsubscribe", json!(["$heads"]))
            .ask_over_websocket("eth_chainId", json!([])),
        scenario("a subscription that is not there cannot be ended")
            .ask_over_websocket("eth_unsubscribe", json!(["0x1234"])),
        scenario("an unknown subscription is refused")
            .refused_over_websocket("eth_subscribe", json!(["weather"]))
            .refused_over_websocket("eth_subscribe", json!([])),
        scenario("there are no subscriptions over HTTP")
            .refused("eth_subscribe", json!(["newHeads"])),
        scenario("a request over a WebSocket is answered as over HTTP")
            .ask_over_websocket("eth_getBlockByNumber", json!(["latest", false]))
            .refused_over_websocket("eth_unheardOf", json!([])),
    ]
}
