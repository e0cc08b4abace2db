//! States that a node has pruned, hashes of blocks that it does not accept, and members of calls
//! that it ignores.

use std::sync::atomic::{AtomicBool, Ordering};

use hetu_chain::rpc::{BlockRef, EndpointState, RpcError};
use hetu_chain::{ChainError, NetUid};
use serde_json::{Value, json};

use super::{connect, error, error_in, friend, plain, wei};
use crate::dialect_node::Envelope;
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::devnet_chain;

#[tokio::test]
async fn pruned_state_is_read_from_another_endpoint() {
    let chain = devnet_chain().await;
    for message in [
        "missing trie node 5a1b (path ) state 0x5a1b is not available, not found",
        "historical state is not available",
        "required historical state unavailable (reexec=128)",
        "World state unavailable",
        "No state available for block 0x12",
        "header not found",
    ] {
        let (pruned, archive) = (plain(&chain).await, plain(&chain).await);
        let hetu = connect(&chain, &[&pruned, &archive]).await;
        pruned.behave(move |request| match is_call_of(request, "eth_call") {
            true => error_in(request, Envelope::Plain, "200 OK", error(-32_000, message)),
            false => Fault::None,
        });
        assert_eq!(hetu.subnets().count().await.unwrap(), 0, "{message}");
        assert_eq!((pruned.count("eth_call"), archive.count("eth_call")), (1, 1), "{message}");
        assert_eq!(hetu.endpoints()[0].state, EndpointState::Healthy, "{message}");
    }
}

/// Refuses a block that is named by an object.
fn without_hashes(request: &Value) -> Option<Fault> {
    let calls = request.as_array().map_or(std::slice::from_ref(request), Vec::as_slice);
    let names_hash = |call: &Value| call["params"][1].get("blockHash").is_some();
    if !calls.iter().any(names_hash) {
        return None;
    }
    let refused = error(-32_602, "invalid argument 1: json: cannot unmarshal object");
    if !request.is_array() {
        return Some(error_in(request, Envelope::Plain, "200 OK", refused));
    }
    let answers: Vec<_> =
        calls.iter().map(|call| json!({ "id": call["id"], "error": refused })).collect();
    Some(Fault::body(json!(answers).to_string()))
}

#[tokio::test]
async fn no_eip_1898_blocks_are_read_by_number_and_hash_is_checked() {
    let chain = devnet_chain().await;
    let me = chain.connect_as(2).await;
    let before = me.block().await.unwrap();
    let to = friend();
    me.tokens().transfer(to, wei(5)).await.unwrap();

    let behaviour = |request: &Value| without_hashes(request).unwrap_or(Fault::None);
    let node = FaultyNode::before(&chain.node, behaviour).await;
    let hetu = connect(&chain, &[&node]).await;
    let pinned = hetu.at(BlockRef::Hash(before.id.hash));
    assert_eq!(pinned.tokens().balance(to).await.unwrap(), wei(0));
    assert_eq!(hetu.tokens().balance(to).await.unwrap(), wei(5));
    let accounts = [friend(), friend()];
    pinned.weights().get(NetUid::new(1), accounts[0], &accounts).await.unwrap();
    let headers = node.count("eth_getBlockByNumber");
    pinned.tokens().balance(to).await.unwrap();
    assert_eq!(node.count("eth_getBlockByNumber"), headers + 1, "one look at the hash a read");
    let refused = node.params_of("eth_getBalance");
    let by_hash = refused.iter().filter(|params| params[1].is_object()).count();
    assert_eq!(by_hash, 1, "the node is asked by hash once");
}

#[tokio::test]
async fn no_eip_1898_read_of_batch_begins_by_number_too() {
    let chain = devnet_chain().await;
    let behaviour = |request: &Value| without_hashes(request).unwrap_or(Fault::None);
    let node = FaultyNode::before(&chain.node, behaviour).await;
    let hetu = connect(&chain, &[&node]).await;
    let block = hetu.block().await.unwrap();
    let accounts = [friend(), friend(), friend()];
    let pinned = hetu.at(BlockRef::Hash(block.id.hash));
    let weights = pinned.weights().get(NetUid::new(1), accounts[0], &accounts).await.unwrap();
    assert_eq!(weights.len(), 3);
}

#[tokio::test]
async fn no_eip_1898_read_of_dropped_block_is_an_unknown_block() {
    let chain = devnet_chain().await;
    chain.connect_as(2).await.tokens().transfer(friend(), wei(5)).await.unwrap();
    let is_dropped = std::sync::Arc::new(AtomicBool::new(false));
    let dropped = std::sync::Arc::clone(&is_dropped);
    let node = FaultyNode::before(&chain.node, move |request| {
        let other = json!(hetu_chain::primitives::BlockHash::from([7; 32]));
        if dropped.load(Ordering::Relaxed) && is_call_of(request, "eth_getBlockByNumber") {
            return Fault::Change(Box::new(move |answer| answer["result"]["hash"] = other.clone()));
        }
        without_hashes(request).unwrap_or(Fault::None)
    })
    .await;
    let hetu = connect(&chain, &[&node]).await;
    let block = hetu.block().await.unwrap();
    let pinned = hetu.at(BlockRef::Hash(block.id.hash));
    pinned.tokens().balance(friend()).await.unwrap();
    is_dropped.store(true, Ordering::Relaxed);
    let failed = pinned.tokens().balance(friend()).await.unwrap_err();
    assert!(matches!(failed, ChainError::Rpc(RpcError::UnknownBlock { .. })), "{failed}");
}

#[tokio::test]
async fn no_eip_1898_is_not_assumed_where_number_is_refused_too() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    let block = hetu.block().await.unwrap();
    let pinned = hetu.at(BlockRef::Hash(block.id.hash));
    node.behave(|request| match is_call_of(request, "eth_getBalance") {
        true => error_in(request, Envelope::Plain, "200 OK", error(-32_602, "invalid params")),
        false => Fault::None,
    });
    let failed = pinned.tokens().balance(friend()).await.unwrap_err();
    assert!(matches!(failed, ChainError::Rpc(RpcError::Refused { .. })), "{failed}");
    node.behave(|_| Fault::None);
    let by_hash = |node: &FaultyNode| {
        node.params_of("eth_getBalance").iter().filter(|params| params[1].is_object()).count()
    };
    let before = by_hash(&node);
    pinned.tokens().balance(friend()).await.unwrap();
    assert_eq!(by_hash(&node), before + 1, "hashes are still used");
}

#[tokio::test]
async fn data_not_input_both_are_sent_and_one_is_enough() {
    let chain = devnet_chain().await;
    for ignored in ["input", "data"] {
        let node = FaultyNode::before(&chain.node, move |request| {
            let mut heard = request.clone();
            let calls = match &mut heard {
                Value::Array(calls) => calls.as_mut_slice(),
                call => std::slice::from_mut(call),
            };
            for call in calls {
                if let Some(fields) = call["params"].get_mut(0).and_then(Value::as_object_mut) {
                    fields.remove(ignored);
                }
            }
            let answer = Box::new(|answer: Value| ("200 OK", answer.to_string()));
            Fault::Rewrite { request: heard, answer }
        })
        .await;
        let hetu = connect(&chain, &[&node]).await.with_wallet(chain.wallet(2));
        assert_eq!(hetu.subnets().count().await.unwrap(), 0, "{ignored}");
        hetu.staking().add(wei(5)).await.unwrap();
        let call = &node.params_of("eth_call")[0][0];
        assert!(call["data"].is_string() && call["data"] == call["input"], "{ignored}: {call}");
    }
}
