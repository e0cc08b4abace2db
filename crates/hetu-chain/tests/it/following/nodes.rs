//! Nodes with limits, old contracts and lies.

use hetu_chain::events::{EventError, EventNotice};
use hetu_chain::model::{ChainEvent, DendronEvent, TokenEvent};
use hetu_chain::primitives::BlockHash;
use hetu_chain::{Address, Hetutensor};
use serde_json::{Value, json};

use super::{connect, impatient, quick, stake};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::ledger::{Ledger, logs_of_node};
use crate::setup::{chain, miner_of};

#[tokio::test]
async fn much_history_comes_in_pages_that_fit_the_node() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    for amount in 1..=8 {
        stake(&staker, amount).await;
        chain.node.mine(150).await;
    }
    let number = |value: &Value| {
        u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    };
    let node = FaultyNode::before(&chain.node, move |request| {
        let filter = &request["params"][0];
        if is_call_of(request, "eth_getLogs") && filter.get("fromBlock").is_some() {
            let blocks = number(&filter["toBlock"]) - number(&filter["fromBlock"]) + 1;
            if blocks > 70 {
                return Fault::error(request, -32_602, "eth_getLogs is limited to a 70 range");
            }
        }
        Fault::None
    })
    .await;
    let hetu = connect(&chain, vec![node.url()]).await;
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut quick(&hetu).from_block(0).follow(), &staker).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, 0).await);

    let mut past = hetu.events().past(0..=u64::MAX).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = past.next().await.unwrap() {
        events.push(event);
    }
    assert_eq!(events, ledger.events);
    let middle = events[events.len() / 2].block.number;
    let mut past = hetu.events().past(middle..=middle).await.unwrap();
    assert_eq!(past.next().await.unwrap().unwrap().block.number, middle);
}

/// Returns the selectors of functions and topics of events in the published contracts.
fn published() -> (Vec<String>, Vec<String>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/published-signatures.json");
    let contracts: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all = |kind: &str, key: &str| {
        let contracts = contracts.as_object().unwrap().values();
        let items = contracts.flat_map(|contract| contract[kind].as_array().into_iter().flatten());
        items.map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    (all("function", "selector"), all("event", "topic"))
}

#[tokio::test]
async fn the_published_contracts_are_enough() {
    let chain = chain().await;
    let (selectors, topics) = published();
    let node = FaultyNode::before(&chain.node, move |request| {
        let topics = topics.clone();
        let forget_what_is_new = move |answer: &mut Value| {
            if let Some(logs) = answer["result"].as_array_mut() {
                logs.retain(|log| topics.iter().any(|topic| log["topics"][0] == *topic));
            }
        };
        match request["method"].as_str() {
            Some("eth_call") => {
                let data = request["params"][0]["input"].as_str().unwrap();
                match selectors.iter().any(|selector| data.starts_with(selector)) {
                    true => Fault::None,
                    false => Fault::error(request, 3, "execution reverted"),
                }
            }
            Some("eth_getLogs") => Fault::Change(Box::new(forget_what_is_new)),
            _ => Fault::None,
        }
    })
    .await;
    let mut network = chain.network.clone();
    network.endpoints = vec![node.url()];
    network.contracts.reward_distributor = None;
    network.contracts.lens = None;
    let hetu = Hetutensor::connect_with(network, &impatient()).await.unwrap();
    let netuid = chain.active_subnet().await;
    let miner = chain.connect_as(2).await;
    let mut stream = quick(&hetu).from_block(0).follow();
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &miner).await;
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    ledger.follow_to_head(&mut stream, &miner).await;
    let is_joining = |event: &ChainEvent| matches!(event, ChainEvent::Dendron(DendronEvent::Registered { netuid: of, .. }) if *of == netuid);
    assert!(ledger.events.iter().any(|logged| is_joining(&logged.event)));
    let is_minting =
        |event: &ChainEvent| matches!(event, ChainEvent::Token(TokenEvent::Minted { .. }));
    assert!(ledger.events.iter().any(|logged| is_minting(&logged.event)));
}

#[tokio::test]
async fn a_node_whose_blocks_do_not_follow_one_another_is_not_believed() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    let first = staker.block().await.unwrap().id.number + 1;
    for amount in 1..=4 {
        stake(&staker, amount).await;
    }
    let lies = |request: &Value| match request {
        Value::Array(calls) if is_call_of(&calls[0], "eth_getBlockByNumber") => {
            Fault::Change(Box::new(|answers| {
                for answer in answers.as_array_mut().unwrap() {
                    answer["result"]["parentHash"] = json!(BlockHash::from([7; 32]));
                }
            }))
        }
        _ => Fault::None,
    };
    let liar = FaultyNode::before(&chain.node, lies).await;
    let alone = connect(&chain, vec![liar.url()]).await;
    let mut stream = quick(&alone).from_block(first).follow();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(notice) => assert!(!matches!(notice, EventNotice::Event(_)), "{notice:?}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, EventError::Contradiction { .. }), "{error}");

    let both = connect(&chain, vec![liar.url(), chain.network.endpoints[0].clone()]).await;
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut quick(&both).from_block(first).follow(), &staker).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
}

#[tokio::test]
async fn logs_that_were_not_asked_for_are_not_believed() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    let first = staker.block().await.unwrap().id.number + 1;
    stake(&staker, 1).await;
    let swaps = |request: &Value| match is_call_of(request, "eth_getLogs") {
        true => Fault::Change(Box::new(|answer| {
            answer["result"][0]["address"] = json!(Address::new([9; 20]));
        })),
        false => Fault::None,
    };
    let liar = FaultyNode::before(&chain.node, swaps).await;
    let hetu = connect(&chain, vec![liar.url()]).await;
    let mut past = hetu.events().past(first..=first).await.unwrap();
    let error = past.next().await.unwrap_err();
    assert!(matches!(error, EventError::Contradiction { .. }), "{error}");
}
