//! Scenarios: calls that change no state.

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use serde_json::{Value, json};

use crate::differential::kit::{
    BOB, BOX, ECHO, ENDLESS, GWEI, REFUSER, address, answering, call, call_to, created, creating,
    creation, merged, signed, word, words,
};
use crate::differential::script::{Scenario, scenario};

use operation::{
    BASEFEE, BLOBBASEFEE, CALLER, CALLVALUE, CHAINID, COINBASE, GASLIMIT, GASPRICE, NUMBER, ORIGIN,
    SELFBALANCE, TIMESTAMP,
};

/// The address at which an override puts the code of a scenario.
const ELSEWHERE: Address = Address::repeat_byte(0xcc);
const STRANGER: Address = Address::repeat_byte(0xaa);

pub(super) fn scenarios() -> Vec<Scenario> {
    [answered(), reverted(), halted(), paid(), environment(), pretended()].concat()
}

/// Returns overrides that put `code` at [`ELSEWHERE`].
fn with_code(code: impl Into<Bytes>) -> Value {
    json!({ELSEWHERE.to_string(): {"code": code.into()}})
}

/// Returns the parameters of a call to `code` with `input`.
fn run(code: impl Into<Bytes>, input: impl Into<Bytes>) -> Value {
    json!([call_to(ELSEWHERE, input), "latest", with_code(code)])
}

fn answered() -> Vec<Scenario> {
    let contract = created(0, 0);
    let boxed = || {
        scenario("a call answers what the contract returns")
            .send("creation", signed(creation(0, BOX)))
            .send("first", signed(call(1, contract, words(&[7]))))
            .send("second", signed(call(2, contract, words(&[8]))))
    };
    vec![
        boxed()
            .ask("eth_call", json!([{"to": contract}, "latest"]))
            .ask("eth_call", json!([{"to": contract}]))
            .ask("eth_call", json!([{"from": BOB, "to": contract}, "pending"])),
        Scenario { name: "a call runs on the block that it names", ..boxed() }
            .keep("block", "eth_getBlockByNumber", json!(["0x2", false]))
            .ask("eth_call", json!([{"to": contract}, "0x2"]))
            .ask("eth_call", json!([{"to": contract}, "0x1"]))
            .ask("eth_call", json!([{"to": contract}, "0x0"]))
            .ask("eth_call", json!([{"to": contract}, {"blockHash": "$block/hash"}]))
            .ask(
                "eth_call",
                json!([{"to": contract}, {"blockHash": "$block/hash", "requireCanonical": true}]),
            ),
        scenario("a call on a block that is not there is refused")
            .refused("eth_call", json!([{"to": BOB}, "0x9"]))
            .refused("eth_call", json!([{"to": BOB}, {"blockHash": B256::repeat_byte(7)}])),
        scenario("input is called data as well")
            .send("creation", signed(creation(0, ECHO)))
            .ask("eth_call", json!([{"to": contract, "data": "0x0102"}, "latest"]))
            .ask("eth_call", json!([{"to": contract, "input": "0x0102"}, "latest"]))
            .ask("eth_call", json!([{"to": contract, "data": "0x01", "input": "0x01"}, "latest"])),
        scenario("data and input that differ are refused")
            .refused("eth_call", json!([{"to": BOB, "data": "0x01", "input": "0x02"}, "latest"])),
        scenario("an account without code answers nothing")
            .ask("eth_call", json!([{"to": BOB}, "latest"]))
            .ask("eth_call", json!([{"to": BOB, "input": "0x01020304"}, "latest"])),
        scenario("a call without a recipient runs creation code")
            .ask("eth_call", json!([{"input": creating(BOX)}, "latest"]))
            .ask("eth_call", json!([{"to": null, "input": creating(BOX)}, "latest"]))
            .ask("eth_blockNumber", json!([])),
        scenario("precompiled contracts answer")
            .ask("eth_call", json!([{"to": precompile(2), "input": "0x01"}, "latest"]))
            .ask("eth_call", json!([{"to": precompile(3), "input": "0x01"}, "latest"]))
            .ask("eth_call", json!([{"to": precompile(4), "input": "0x01"}, "latest"]))
            .ask("eth_call", json!([{"to": precompile(1), "input": "0x01"}, "latest"])),
        scenario("a call changes nothing")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_call", json!([call_to(contract, words(&[9])), "latest"]))
            .ask("eth_call", json!([{"to": contract}, "latest"])),
    ]
}

fn reverted() -> Vec<Scenario> {
    let reason = |text: &str| {
        let mut data = hex!("08c379a0").to_vec();
        data.extend(words(&[32, text.len() as u64]));
        data.extend(B256::right_padding_from(text.as_bytes()));
        data
    };
    let panic = |code: u64| [&hex!("4e487b71")[..], word(code).as_slice()].concat();
    let panics = [0x00, 0x01, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x41, 0x51, 0x99];
    vec![
        scenario("a revert tells its reason")
            .refused("eth_call", run(REFUSER, reason("NOT_OWNER")))
            .refused("eth_call", run(REFUSER, reason(""))),
        scenario("a revert with a custom error carries its data")
            .refused("eth_call", run(REFUSER, hex!("11223344")))
            .refused("eth_call", run(REFUSER, [&hex!("11223344")[..], &words(&[5])].concat())),
        scenario("a revert may say nothing").refused("eth_call", run(REFUSER, Bytes::new())),
        scenario("a revert with broken data is a revert")
            .refused("eth_call", run(REFUSER, hex!("08c379a0")))
            .refused("eth_call", run(REFUSER, hex!("0102"))),
        panics.into_iter().fold(scenario("a panic is named"), |scenario, code| {
            scenario.refused("eth_call", run(REFUSER, panic(code)))
        }),
        scenario("creation code may revert")
            .refused("eth_call", json!([{"input": "0x5f5ffd"}, "latest"])),
    ]
}

fn halted() -> Vec<Scenario> {
    let with_gas = |gas: &str| json!([{"to": ELSEWHERE, "gas": gas}, "latest", with_code(ENDLESS)]);
    vec![
        scenario("a call runs out of gas").refused("eth_call", with_gas("0xf000")),
        scenario("a call needs the gas that every transaction needs")
            .refused("eth_call", with_gas("0x100")),
        scenario("an invalid instruction ends a call")
            .refused("eth_call", run(hex!("fe"), Bytes::new())),
        scenario("an unknown instruction ends a call")
            .refused("eth_call", run(hex!("0c"), Bytes::new())),
        scenario("an empty stack ends a call").refused("eth_call", run(hex!("50"), Bytes::new())),
        scenario("a jump into nowhere ends a call")
            .refused("eth_call", run(hex!("5f56"), Bytes::new())),
        scenario("code that begins with 0xef is not put on the chain")
            .refused("eth_call", json!([{"input": creating(&hex!("ef"))}, "latest"])),
    ]
}

fn paid() -> Vec<Scenario> {
    let rich = json!({"from": address(0), "to": BOB, "value": "0x1"});
    let with = |fields: Value| {
        let call = merged(rich.clone(), fields);
        json!([call, "latest"])
    };
    vec![
        scenario("a call can send value").ask("eth_call", with(json!({}))),
        scenario("a call cannot send more than its sender has")
            .refused("eth_call", json!([{"from": STRANGER, "to": BOB, "value": "0x1"}, "latest"])),
        scenario("a call that names a price has to be able to pay it")
            .ask("eth_call", with(json!({"gasPrice": "0x77359400", "gas": "0x5208"})))
            .refused(
                "eth_call",
                json!([{"from": STRANGER, "to": BOB, "gasPrice": "0x77359400", "gas": "0x5208"}]),
            ),
        scenario("a price below the base fee is refused")
            .refused("eth_call", with(json!({"gasPrice": "0x1", "gas": "0x5208"})))
            .refused("eth_call", with(json!({"maxFeePerGas": "0x1", "gas": "0x5208"}))),
        scenario("a price of zero is no price")
            .ask("eth_call", with(json!({"gasPrice": "0x0"})))
            .ask("eth_call", with(json!({"maxFeePerGas": "0x0", "maxPriorityFeePerGas": "0x0"}))),
        scenario("a tip above the highest fee is refused").refused(
            "eth_call",
            with(json!({"maxFeePerGas": "0x77359400", "maxPriorityFeePerGas": "0x77359401"})),
        ),
        scenario("a call names its price in one way")
            .refused("eth_call", with(json!({"gasPrice": "0x1", "maxFeePerGas": "0x1"}))),
        scenario("a call may have any nonce")
            .ask("eth_call", with(json!({"nonce": "0x0"})))
            .ask("eth_call", with(json!({"nonce": "0x63"}))),
        scenario("a call may have an access list").ask(
            "eth_call",
            with(json!({"accessList": [{"address": BOB, "storageKeys": [word(1)]}]})),
        ),
        scenario("a call may name its type")
            .ask("eth_call", with(json!({"type": "0x0"})))
            .ask("eth_call", with(json!({"type": "0x2"}))),
        scenario("a call for another chain").refused("eth_call", with(json!({"chainId": "0x1"}))),
    ]
}

/// The instructions that put a property of their environment on the stack.
mod operation {
    pub(super) const ORIGIN: u8 = 0x32;
    pub(super) const CALLER: u8 = 0x33;
    pub(super) const CALLVALUE: u8 = 0x34;
    pub(super) const GASPRICE: u8 = 0x3a;
    pub(super) const COINBASE: u8 = 0x41;
    pub(super) const TIMESTAMP: u8 = 0x42;
    pub(super) const NUMBER: u8 = 0x43;
    pub(super) const GASLIMIT: u8 = 0x45;
    pub(super) const CHAINID: u8 = 0x46;
    pub(super) const SELFBALANCE: u8 = 0x47;
    pub(super) const BASEFEE: u8 = 0x48;
    pub(super) const BLOBBASEFEE: u8 = 0x4a;
}

fn environment() -> Vec<Scenario> {
    let answer = |operation: u8| run(answering(operation), Bytes::new());
    let called = |fields: Value, operation: u8| {
        let call = merged(json!({"from": address(1), "to": ELSEWHERE}), fields);
        json!([call, "latest", with_code(answering(operation))])
    };
    vec![
        scenario("code knows the chain and its block")
            .ask("evm_mine", json!([]))
            .ask("eth_call", answer(CHAINID))
            .ask("eth_call", answer(NUMBER))
            .ask("eth_call", answer(GASLIMIT))
            .ask("eth_call", answer(COINBASE))
            .ask("eth_call", answer(BLOBBASEFEE)),
        scenario("code sees no base fee if the call has no price")
            .ask("eth_call", answer(BASEFEE))
            .ask("eth_call", answer(GASPRICE)),
        scenario("code knows who calls")
            .ask("eth_call", answer(CALLER))
            .ask("eth_call", called(json!({}), CALLER))
            .ask("eth_call", called(json!({}), ORIGIN))
            .ask("eth_call", called(json!({"value": "0x5"}), CALLVALUE)),
        scenario("code sees the price that a call names")
            .ask("eth_call", called(json!({"gasPrice": U256::from(3 * GWEI)}), GASPRICE)),
    ]
}

fn pretended() -> Vec<Scenario> {
    let contract = created(0, 0);
    let slots = |value: u64| json!({word(0).to_string(): word(value)});
    let call = json!({"to": contract});
    let over = |change: Value| json!([call, "latest", {contract.to_string(): change}]);
    let block = |environment: Value, operation: u8| {
        let code = with_code(answering(operation));
        json!([{"to": ELSEWHERE}, "latest", code, environment])
    };
    vec![
        scenario("a call pretends another balance").ask(
            "eth_call",
            json!([
                {"from": STRANGER, "to": ELSEWHERE, "value": "0x64"},
                "latest",
                {
                    STRANGER.to_string(): {"balance": "0x64"},
                    ELSEWHERE.to_string(): {"code": answering(SELFBALANCE)},
                },
            ]),
        ),
        scenario("a call pretends other code")
            .ask("eth_call", run(answering(NUMBER), Bytes::new()))
            .ask("eth_getCode", json!([ELSEWHERE, "latest"])),
        scenario("a call pretends other storage")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_call", over(json!({"state": slots(9)})))
            .ask("eth_call", over(json!({"stateDiff": slots(9)})))
            .ask("eth_call", json!([call, "latest"])),
        scenario("storage is pretended as a whole or in part")
            .send("creation", signed(creation(0, BOX)))
            .ask("eth_call", over(json!({"state": {}})))
            .refused("eth_call", over(json!({"state": slots(1), "stateDiff": slots(2)}))),
        scenario("a call pretends another nonce").ask(
            "eth_call",
            json!([
                {"from": STRANGER, "input": creating(BOX)},
                "latest",
                {STRANGER.to_string(): {"nonce": "0x7"}},
            ]),
        ),
        scenario("a call pretends another block")
            .ask("eth_call", block(json!({"number": "0x64"}), NUMBER))
            .ask("eth_call", block(json!({"time": "0x77359400"}), TIMESTAMP))
            .ask("eth_call", block(json!({"gasLimit": "0x1312d00"}), GASLIMIT))
            .ask("eth_call", block(json!({"feeRecipient": BOB}), COINBASE))
            .ask("eth_call", block(json!({"coinbase": BOB}), COINBASE)),
    ]
}

fn precompile(number: u8) -> Address {
    Address::with_last_byte(number)
}
