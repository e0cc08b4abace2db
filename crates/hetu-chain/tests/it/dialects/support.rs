//! The report of the capabilities of a node.

use hetu_chain::Hetutensor;
use serde_json::Value;

use super::{at, error, error_in, plain};
use crate::dialect_node::{Envelope, blocks_of};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::devnet_chain;

#[tokio::test]
async fn node_support_of_devnet_is_complete() {
    let chain = devnet_chain().await;
    chain.node.mine(100).await;
    let hetu = chain.connect().await;
    let blocks = hetu.block().await.unwrap().id.number + 1;
    let [(endpoint, support)] = &hetu.node_support().await[..] else { panic!("one endpoint") };
    assert_eq!(*endpoint, chain.network.endpoints[0]);
    let support = support.as_ref().unwrap();
    assert!(support.block_hashes && support.state_override && support.base_fee.is_some());
    assert_eq!((support.batch_calls, support.log_blocks), (100, blocks));
}

#[tokio::test]
async fn node_support_of_limited_node_names_its_limits() {
    let chain = devnet_chain().await;
    chain.node.mine(300).await;
    let limited = |request: &Value| {
        let refused = |code, message| {
            error_in(request, Envelope::Plain, "400 Bad Request", error(code, message))
        };
        let params = &request["params"];
        if request.as_array().is_some_and(|calls| calls.len() > 7) {
            return refused(-32_600, "batch too large");
        }
        if params[1].get("blockHash").is_some() {
            return refused(-32_602, "cannot unmarshal object");
        }
        if params.get(2).is_some() {
            return refused(-32_602, "too many arguments, want at most 2");
        }
        if is_call_of(request, "eth_getLogs") && blocks_of(&params[0]) > 123 {
            return refused(-32_000, "no");
        }
        if is_call_of(request, "eth_getBlockByNumber") {
            return Fault::Change(Box::new(|answer| {
                answer["result"].as_object_mut().unwrap().remove("baseFeePerGas");
            }));
        }
        Fault::None
    };
    let (node, silent) = (FaultyNode::before(&chain.node, limited).await, plain(&chain).await);
    let hetu = Hetutensor::connect(at(&chain, &[&node, &silent])).await.unwrap();
    silent.behave(|_| Fault::status("401 Unauthorized", ""));
    let found = hetu.node_support().await;
    let [(_, Ok(support)), (_, Err(refused))] = &found[..] else { panic!("{found:?}") };
    assert!(!support.block_hashes && !support.state_override && support.base_fee.is_none());
    assert_eq!((support.batch_calls, support.log_blocks), (6, 123));
    assert!(refused.to_string().contains("401"), "{refused}");
}
