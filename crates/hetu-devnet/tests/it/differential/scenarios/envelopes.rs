//! Scenarios: batches and malformed requests.

use serde_json::{Value, json};

use crate::differential::kit::{BOB, address, signed, transfer};
use crate::differential::script::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    [batches(), shapes(), malformed(), parameters()].concat()
}

fn request(id: impl Into<Value>, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})
}

fn batches() -> Vec<Scenario> {
    vec![
        scenario("a batch is answered in its order").post(json!([
            request(1, "eth_chainId", json!([])),
            request(2, "eth_blockNumber", json!([])),
            request("three", "eth_getBalance", json!([BOB, "latest"])),
        ])),
        scenario("an error in a batch does not stop the rest").post(json!([
            request(1, "eth_chainId", json!([])),
            request(2, "eth_unheardOf", json!([])),
            request(3, "eth_getBalance", json!(["nobody", "latest"])),
            request(4, "eth_blockNumber", json!([])),
        ])),
        scenario("an empty batch is refused").post(json!([])),
        scenario("a batch may hold what is no request")
            .post(json!([1, request(1, "eth_chainId", json!([]))])),
        scenario("a batch may send transactions")
            .ask("evm_setAutomine", json!([false]))
            .post(json!([
                request(1, "eth_sendRawTransaction", json!([signed(transfer(0))])),
                request(2, "eth_sendRawTransaction", json!([signed(transfer(1))])),
            ]))
            .ask("evm_mine", json!([]))
            .ask("eth_getTransactionCount", json!([address(0), "latest"])),
        scenario("notifications in a batch are not answered").post(json!([
            {"jsonrpc": "2.0", "method": "eth_chainId", "params": []},
            request(1, "eth_chainId", json!([])),
        ])),
    ]
}

fn shapes() -> Vec<Scenario> {
    vec![
        scenario("an id may be a number, a text or nothing")
            .post(request(7, "eth_chainId", json!([])))
            .post(request("seven", "eth_chainId", json!([])))
            .post(request(Value::Null, "eth_chainId", json!([]))),
        scenario("parameters may be left out")
            .post(json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}))
            .post(json!({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber"})),
        scenario("a notification is not answered")
            .post(json!({"jsonrpc": "2.0", "method": "eth_chainId", "params": []})),
        scenario("space around a request does not matter")
            .post("  {\"jsonrpc\": \"2.0\",\n \"id\": 1, \"method\": \"eth_chainId\"}\n"),
    ]
}

fn malformed() -> Vec<Scenario> {
    vec![
        scenario("what is no JSON is refused").post("{\"jsonrpc\": \"2.0\", \"id\": 1"),
        scenario("an empty body is refused").post(""),
        scenario("what is no request is refused").post(json!({"hello": 1})).post(json!("hello")),
        scenario("a request names its method")
            .post(json!({"jsonrpc": "2.0", "id": 1, "params": []})),
        scenario("a request names the version of the protocol")
            .post(json!({"jsonrpc": "1.0", "id": 1, "method": "eth_chainId", "params": []})),
        scenario("an unknown method is not found")
            .refused("eth_unheardOf", json!([]))
            .refused("", json!([])),
    ]
}

fn parameters() -> Vec<Scenario> {
    vec![
        scenario("an address has twenty bytes")
            .refused("eth_getBalance", json!(["0x12", "latest"]))
            .refused("eth_getBalance", json!([7, "latest"])),
        scenario("parameters that are missing are told")
            .refused("eth_getBalance", json!([]))
            .refused("eth_call", json!([]))
            .refused("eth_sendRawTransaction", json!([])),
        scenario("a block is named by a number, a tag or a hash")
            .refused("eth_getBlockByNumber", json!(["yesterday", false]))
            .refused("eth_getBlockByNumber", json!([true, false]))
            .refused("eth_getBlockByHash", json!(["0x12", false])),
        scenario("a hash has thirty-two bytes")
            .refused("eth_getTransactionByHash", json!(["0x12"]))
            .refused("eth_getTransactionReceipt", json!([7])),
        scenario("a call has fields of the right form")
            .refused("eth_call", json!([{"to": "nobody"}, "latest"]))
            .refused("eth_call", json!([{"to": BOB, "value": "much"}, "latest"]))
            .refused("eth_call", json!(["hello", "latest"])),
        scenario("parameters are a list").refused("eth_getBalance", json!("hello")),
    ]
}
