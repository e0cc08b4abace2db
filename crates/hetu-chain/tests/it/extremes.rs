//! Nodes that answer with the largest possible numbers, and with text that contains control
//! characters.

use std::time::Duration;

use futures_util::future::join_all;
use hetu_chain::client::TransactionStatus;
use hetu_chain::events::EventNotice;
use hetu_chain::model::EventGroup;
use hetu_chain::rpc::RpcError;
use hetu_chain::{BlockId, ChainError, Hetutensor, Network, TxHash, Wallet};
use serde_json::{Value, json};

use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, chain};

const LARGEST: &str = "0xffffffffffffffff";
const PATIENCE: Duration = Duration::from_secs(30);

fn behind(chain: &Chain, node: &FaultyNode) -> Network {
    chain.network.clone().at_endpoint(node.url())
}

/// Changes the answer of a call, or each answer of a batch, according to the method of the call.
fn changing(request: &Value, change: impl Fn(&str, &mut Value) + Send + Sync + 'static) -> Fault {
    let request = request.clone();
    Fault::Change(Box::new(move |answer| match (&request, answer) {
        (Value::Array(calls), Value::Array(answers)) => {
            for answer in answers {
                let call = calls.iter().find(|call| call["id"] == answer["id"]).unwrap();
                change(call["method"].as_str().unwrap(), &mut answer["result"]);
            }
        }
        (call, answer) => change(call["method"].as_str().unwrap(), &mut answer["result"]),
    }))
}

/// The numeric members of answers, by method. An answer that is itself a number has no member name.
const NUMBERS: [(&str, &[&str]); 9] = [
    ("eth_blockNumber", &[""]),
    ("eth_getTransactionCount", &[""]),
    ("eth_estimateGas", &[""]),
    ("eth_gasPrice", &[""]),
    ("eth_maxPriorityFeePerGas", &[""]),
    ("eth_getBalance", &[""]),
    ("eth_getBlockByNumber", &["number", "timestamp", "gasLimit", "baseFeePerGas"]),
    ("eth_getBlockByHash", &["number", "timestamp"]),
    ("eth_getTransactionReceipt", &["blockNumber", "gasUsed", "effectiveGasPrice", "status"]),
];

// Regression test: sums with the numbers of a node wrapped around in release builds and panicked in
// debug builds.
#[tokio::test]
async fn extreme_number_in_any_answer_panics_nowhere() {
    let chain = chain().await;
    let straight = chain.connect_as(2).await;
    let receipt = straight.tokens().transfer(Wallet::random().address(), one()).await.unwrap();
    let lies = NUMBERS.iter().flat_map(|(method, members)| {
        members.iter().flat_map(move |member| [LARGEST, "0x0"].map(|lie| (*method, *member, lie)))
    });
    let transaction = receipt.transaction;
    join_all(lies.map(|(lied, member, lie)| {
        let chain = &chain;
        async move {
            let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
            let hetu = Hetutensor::connect(behind(chain, &node)).await.unwrap();
            let hetu = hetu.with_wallet(chain.wallet(3));
            node.behave(move |request| {
                changing(request, move |method, result| {
                    if method == lied && !result.is_null() {
                        let place = if member.is_empty() { result } else { &mut result[member] };
                        *place = json!(lie);
                    }
                })
            });
            use_everything(&hetu, transaction).await;
        }
    }))
    .await;
}

fn one() -> hetu_chain::Amount {
    hetu_chain::Amount::from_wei(1)
}

/// Uses every operation. Errors are acceptable, panics are not.
async fn use_everything(hetu: &Hetutensor, transaction: TxHash) {
    let friend = Wallet::random().address();
    let call = hetu.tokens().transfer(friend, one()).deadline(Duration::from_millis(20));
    if let Ok(mut sent) = call.send().await {
        let _ = tokio::time::timeout(Duration::from_millis(30), sent.confirmed()).await;
        let _ = sent.bump_fees().await;
    }
    let _ = hetu.transactions().status(transaction).await;
    let _ = hetu.transactions().count(friend).await;
    let _ = hetu.tokens().balance(friend).await;
    let _ = hetu.block().await;
    let _ = hetu.subnets().list().await;
    if let Ok(mut past) = hetu.events().past(0..=u64::MAX).await {
        let _ = past.next().await;
    }
    let mut followed = hetu.events().from_block(u64::MAX - 1).follow();
    let _ = tokio::time::timeout(Duration::from_millis(5), followed.next()).await;
}

#[tokio::test]
async fn confirmations_at_largest_height_do_not_wrap() {
    let chain = chain().await;
    let straight = chain.connect_as(2).await;
    let receipt = straight.tokens().transfer(Wallet::random().address(), one()).await.unwrap();
    let node = FaultyNode::before(&chain.node, |request| {
        changing(request, |method, result| match method {
            "eth_blockNumber" => *result = json!(LARGEST),
            "eth_getTransactionReceipt" => result["blockNumber"] = json!("0x0"),
            _ => {}
        })
    })
    .await;
    let hetu = Hetutensor::connect(behind(&chain, &node)).await.unwrap();
    let status = hetu.transactions().status(receipt.transaction).await.unwrap();
    let TransactionStatus::Included { confirmations, .. } = status else { panic!("{status:?}") };
    assert_eq!(confirmations, u64::MAX);
}

/// Answers as a consistent node of a chain that ends at the largest height.
fn at_the_end(request: &Value) -> Fault {
    let hash = |number: u64| format!("{number:#066x}");
    let answer = |call: &Value| {
        let result = match call["method"].as_str().unwrap() {
            "eth_getBlockByNumber" => {
                let asked = call["params"][0].as_str().unwrap();
                let number = asked.strip_prefix("0x");
                let number =
                    number.map_or(u64::MAX, |digits| u64::from_str_radix(digits, 16).unwrap());
                json!({
                    "number": format!("{number:#x}"), "hash": hash(number),
                    "parentHash": hash(number.saturating_sub(1)), "timestamp": LARGEST,
                })
            }
            "eth_getLogs" => json!([]),
            _ => return None,
        };
        Some(json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
    };
    match request {
        Value::Array(calls) => {
            let answers: Option<Vec<_>> = calls.iter().map(answer).collect();
            answers.map_or(Fault::None, |answers| Fault::body(json!(answers).to_string()))
        }
        call => answer(call).map_or(Fault::None, |answer| Fault::body(answer.to_string())),
    }
}

#[tokio::test]
async fn events_end_at_largest_height() {
    let chain = chain().await;
    let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
    let hetu = Hetutensor::connect(behind(&chain, &node)).await.unwrap();
    let timelock = Wallet::random().address();
    let events = hetu.events().timelock(timelock).group(EventGroup::Staking);
    let past = events.clone().past(u64::MAX - 3..=u64::MAX).await.unwrap();
    node.behave(at_the_end);
    let mut past = past;
    let ended = tokio::time::timeout(PATIENCE, past.next()).await.unwrap();
    assert!(ended.unwrap().is_none());

    let mut followed = events.from_block(u64::MAX - 1).follow();
    let mut last = BlockId { number: 0, hash: [0; 32].into() };
    while last.number < u64::MAX {
        let notice = tokio::time::timeout(PATIENCE, followed.next()).await.unwrap().unwrap();
        match notice {
            Ok(EventNotice::Block(block)) => last = block.id,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let idle = tokio::time::timeout(Duration::from_millis(50), followed.next()).await;
    assert!(idle.is_err(), "no block follows the last");
}

// Regression test: the text of a node began new lines in logs.
#[tokio::test]
async fn words_of_node_stay_one_line_in_every_error() {
    const WORDS: &str = "no\r\nERROR the key is lost\u{1b}[2J\u{202e}\u{9b}2J";
    let chain = chain().await;
    for method in [
        "eth_call",
        "eth_getBalance",
        "eth_estimateGas",
        "eth_getBlockByNumber",
        "eth_sendRawTransaction",
        "eth_getTransactionCount",
    ] {
        let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
        let hetu = Hetutensor::connect(behind(&chain, &node)).await.unwrap();
        let hetu = hetu.with_wallet(chain.wallet(2));
        for code in [-32_000, -32_603, 3] {
            node.behave(move |request| match is_call_of(request, method) {
                true => Fault::error(request, code, WORDS),
                false => Fault::None,
            });
            let call = hetu.tokens().transfer(Wallet::random().address(), one());
            let error = call.deadline(Duration::ZERO).await.unwrap_err();
            let shown = [error.to_string(), format!("{error:?}")];
            let obeyed = |letter: char| letter.is_control() || letter == '\u{202e}';
            assert!(shown.iter().all(|text| !text.contains(obeyed)), "{method} {shown:?}");
        }
    }
    let endpoint = "http://127.0.0.1:1".parse().unwrap();
    let error = RpcError::Malformed { endpoint, method: "eth_call", reason: WORDS.into() };
    let error = ChainError::from(error).to_string();
    assert!(error.contains(r"no\r\nERROR"), "{error}");
}
