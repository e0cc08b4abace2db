//! Scenarios: estimates of gas.

use alloy_primitives::{Address, Bytes, hex};
use serde_json::{Value, json};

use crate::differential::kit::{
    BOB, BOX, ENDLESS, REFUSER, address, call_to, created, creating, creation, merged, signed,
    words,
};
use crate::differential::script::{Scenario, scenario};

const STRANGER: Address = Address::repeat_byte(0xaa);

pub(super) fn scenarios() -> Vec<Scenario> {
    [given(), refused()].concat()
}

fn from_first(fields: Value) -> Value {
    let call = merged(json!({"from": address(0)}), fields);
    json!([call])
}

fn given() -> Vec<Scenario> {
    let contract = created(0, 0);
    vec![
        scenario("a payment needs 21000 gas")
            .ask("eth_estimateGas", from_first(json!({"to": BOB, "value": "0x1"})))
            .ask("eth_estimateGas", from_first(json!({"to": BOB})))
            .ask("eth_estimateGas", json!([{"to": BOB}]))
            .ask("eth_estimateGas", json!([{"to": BOB}, "latest"])),
        scenario("input to an account without code costs gas")
            .ask("eth_estimateGas", from_first(json!({"to": BOB, "input": "0x0102030400"}))),
        scenario("a call that writes is estimated")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_estimateGas", from_first(json!({"to": contract, "input": words(&[7])})))
            .ask("eth_estimateGas", from_first(json!({"to": contract}))),
        scenario("a creation is estimated")
            .ask("eth_estimateGas", from_first(json!({"input": creating(BOX)}))),
        scenario("an estimate is for the block that it names")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_estimateGas", json!([call_to(contract, words(&[7])), "0x0"]))
            .ask("eth_estimateGas", json!([call_to(contract, words(&[7])), "0x1"]))
            .ask("eth_estimateGas", json!([call_to(contract, words(&[7])), "pending"])),
        scenario("an estimate pretends other code").ask(
            "eth_estimateGas",
            json!([{"to": BOB}, "latest", {BOB.to_string(): {"code": "0x5f5f55"}}]),
        ),
        scenario("who names a price gets the same estimate")
            .ask("eth_estimateGas", from_first(json!({"to": BOB, "gasPrice": "0x77359400"})))
            .ask("eth_estimateGas", from_first(json!({"to": BOB, "maxFeePerGas": "0x77359400"}))),
    ]
}

fn refused() -> Vec<Scenario> {
    let running = |code: &[u8], fields: Value| {
        let call = merged(json!({"to": BOB}), fields);
        json!([call, "latest", {BOB.to_string(): {"code": Bytes::copy_from_slice(code)}}])
    };
    vec![
        scenario("what reverts has no estimate")
            .refused("eth_estimateGas", running(REFUSER, json!({})))
            .refused("eth_estimateGas", running(REFUSER, json!({"input": "0x11223344"}))),
        scenario("what fails has no estimate")
            .refused("eth_estimateGas", running(&hex!("fe"), json!({}))),
        scenario("what needs more gas than it may use has no estimate")
            .refused("eth_estimateGas", running(ENDLESS, json!({"gas": "0xf000"}))),
        scenario("who sends more than it has gets no estimate")
            .refused("eth_estimateGas", json!([{"from": STRANGER, "to": BOB, "value": "0x1"}])),
        scenario("who cannot pay the price it names gets no estimate").refused(
            "eth_estimateGas",
            json!([{"from": STRANGER, "to": BOB, "gasPrice": "0x77359400"}]),
        ),
        scenario("there is no estimate on a block that is not there")
            .refused("eth_estimateGas", json!([{"to": BOB}, "0x9"])),
    ]
}
