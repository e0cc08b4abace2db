//! Answers of real nodes, from public reports. Each test is named after its case.

mod credentials;
mod envelopes;
mod logs;
mod money;
mod reverts;
mod states;
mod submissions;
mod support;

use std::time::Duration;

use hetu_chain::rpc::TransportOptions;
use hetu_chain::{Address, Amount, Hetutensor, Network, Wallet};
use serde_json::{Value, json};

use crate::dialect_node::Envelope;
use crate::faulty_node::{Fault, FaultyNode, rpc};
use crate::setup::Chain;

const SEND: &str = "eth_sendRawTransaction";

/// Returns the network of the chain with these nodes as its endpoints.
fn at(chain: &Chain, nodes: &[&FaultyNode]) -> Network {
    let mut network = chain.network.clone();
    network.endpoints = nodes.iter().map(|node| node.url()).collect();
    network
}

async fn connect(chain: &Chain, nodes: &[&FaultyNode]) -> Hetutensor {
    let options = TransportOptions::default().call_limit(Duration::from_secs(20));
    Hetutensor::connect_with(at(chain, nodes), &options).await.unwrap()
}

/// Starts a node that answers as the chain does.
async fn plain(chain: &Chain) -> FaultyNode {
    FaultyNode::before(&chain.node, |_| Fault::None).await
}

/// Returns an answer that a node wraps in an envelope.
fn wrapped(request: &Value, envelope: Envelope) -> Fault {
    let is_batch = request.is_array();
    Fault::Rewrite {
        request: request.clone(),
        answer: Box::new(move |mut answer| {
            let answers = match &mut answer {
                Value::Array(answers) => answers.as_mut_slice(),
                single => std::slice::from_mut(single),
            };
            for answer in answers {
                envelope.put_on(answer, is_batch);
            }
            ("200 OK", envelope.text(&answer, is_batch))
        }),
    }
}

/// Returns an error in an envelope with an HTTP status.
fn error_in(request: &Value, envelope: Envelope, status: &'static str, error: Value) -> Fault {
    let mut answer = json!({ "jsonrpc": "2.0", "id": request["id"], "error": error });
    envelope.put_on(&mut answer, false);
    let body = envelope.text(&answer, false).into_bytes();
    Fault::Answer { status, headers: String::new(), body }
}

fn error(code: i32, message: &str) -> Value {
    json!({ "code": code, "message": message })
}

fn wei(wei: u128) -> Amount {
    Amount::from_wei(wei)
}

fn friend() -> Address {
    Wallet::random().address()
}

/// Returns the number in the chain's own answer.
async fn number(chain: &Chain, method: &str, params: Value) -> u128 {
    let answer = rpc(&chain.node, method, params).await;
    u128::from_str_radix(answer.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

async fn balance(chain: &Chain, account: Address) -> u128 {
    number(chain, "eth_getBalance", json!([account, "latest"])).await
}

async fn transactions(chain: &Chain, account: Address) -> u128 {
    number(chain, "eth_getTransactionCount", json!([account, "latest"])).await
}
