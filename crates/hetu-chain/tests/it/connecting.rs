//! Connections to the right chain, and refusals of all others.

use hetu_chain::network::presets;
use hetu_chain::rpc::{BlockRef, RpcError};
use hetu_chain::{Address, ChainError, ChainId, Hetutensor, Retryable};
use serde_json::json;
use tokio::net::TcpListener;

use crate::faulty_node::{Fault, FaultyNode};
use crate::setup::chain;

#[tokio::test]
async fn the_local_preset_names_the_contracts_of_the_embedded_chain() {
    let chain = chain().await;
    assert_eq!(presets::local().contracts, chain.node.contracts());
    assert_eq!(presets::local().chain_id, chain.node.chain_id());
}

#[tokio::test]
async fn another_chain_id_is_refused() {
    let chain = chain().await;
    let mut network = chain.network.clone();
    network.chain_id = ChainId::new(1);
    let error = Hetutensor::connect(network).await.unwrap_err();
    assert!(matches!(error, ChainError::WrongChain { .. }), "{error}");
    assert!(error.to_string().contains("31337"), "{error}");
}

#[tokio::test]
async fn an_address_without_a_contract_is_refused() {
    let chain = chain().await;
    let mut network = chain.network.clone();
    network.contracts.weights = Address::new([7; 20]);
    let error = Hetutensor::connect(network).await.unwrap_err();
    assert!(matches!(error, ChainError::NoContract { contract: "Weights", .. }), "{error}");
}

#[tokio::test]
async fn a_node_that_is_not_there_is_a_retryable_error_with_the_cause() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let network = presets::local().at_endpoint(format!("http://{free}").parse().unwrap());
    let error = Hetutensor::connect(network).await.unwrap_err();
    assert!(error.retryability().is_retryable());
    assert!(matches!(error, ChainError::Rpc(RpcError::Unreachable { .. })), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn reads_go_to_the_next_endpoint_when_one_is_gone() {
    let chain = chain().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut network = chain.network.clone();
    network.endpoints.insert(0, format!("http://{free}").parse().unwrap());
    let hetu = Hetutensor::connect(network).await.unwrap();
    assert_eq!(hetu.subnets().count().await.unwrap(), 0);
}

#[tokio::test]
async fn reads_can_be_pinned_to_a_block() {
    let chain = chain().await;
    let hetu = chain.connect().await;
    let before = hetu.block().await.unwrap();
    let netuid = chain.active_subnet().await;
    for pinned in [BlockRef::Hash(before.id.hash), BlockRef::Number(before.id.number)] {
        let then = hetu.at(pinned);
        assert_eq!(then.block().await.unwrap(), before);
        assert!(!then.subnets().exists(netuid).await.unwrap());
    }
    assert!(hetu.subnets().exists(netuid).await.unwrap());
}

#[tokio::test]
async fn changes_need_a_wallet() {
    let hetu = chain().await.connect().await;
    let error = hetu.tokens().wrap(hetu_chain::Amount::from_hetu(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::NoSigner));
}

#[tokio::test]
async fn a_node_that_does_not_say_whether_there_are_contracts_is_not_trusted() {
    let chain = chain().await;
    let node = FaultyNode::before(&chain.node, |request| {
        if !request.to_string().contains("eth_getCode") {
            return Fault::None;
        }
        Fault::Change(Box::new(|answers| {
            for answer in answers.as_array_mut().unwrap() {
                let error = json!({ "code": -32603, "message": "out of order" });
                *answer = json!({ "jsonrpc": "2.0", "id": answer["id"], "error": error });
            }
        }))
    })
    .await;
    let network = chain.network.clone().at_endpoint(node.url());
    let error = Hetutensor::connect(network).await.unwrap_err();
    assert!(error.to_string().contains("out of order"), "{error}");
}
