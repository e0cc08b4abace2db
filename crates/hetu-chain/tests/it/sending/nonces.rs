//! Several senders with one account.

use std::collections::BTreeSet;

use hetu_chain::{ChainError, Hetutensor};
use serde_json::json;

use super::{Fault, Scene, wei};
use crate::setup::devnet_chain;

/// Sends `count` transfers of one wei at once, through the connections in turn, and returns the
/// nonces.
async fn flood(scene: &Scene, connections: &[Hetutensor], count: usize) -> BTreeSet<u64> {
    let friend = scene.friend;
    let sends = (0..count).map(|index| {
        let hetu = connections[index % connections.len()].clone();
        tokio::spawn(async move {
            let mut sent = hetu.tokens().transfer(friend, wei(1)).send().await.unwrap();
            sent.confirmed().await.unwrap();
            sent.nonce()
        })
    });
    let mut nonces = BTreeSet::new();
    for send in sends.collect::<Vec<_>>() {
        assert!(nonces.insert(send.await.unwrap()), "no nonce is used twice");
    }
    nonces
}

#[tokio::test]
async fn a_hundred_sends_at_once_get_a_nonce_each() {
    let scene = Scene::new().await;
    let nonces = flood(&scene, std::slice::from_ref(&scene.hetu), 100).await;
    assert_eq!(nonces, (0..100).collect());
    assert_eq!(scene.paid().await, 100);
}

#[tokio::test]
async fn connections_to_one_node_share_the_line() {
    let scene = Scene::new().await;
    let other = scene.node.connect().await.with_wallet(scene.chain.wallet(2));
    let nonces = flood(&scene, &[scene.hetu.clone(), other], 100).await;
    assert_eq!(nonces, (0..100).collect());
    // Each of them was accepted at its first attempt.
    assert_eq!(scene.node.calls("eth_sendRawTransaction").len(), 100);
}

#[tokio::test]
async fn a_foreign_sender_of_the_same_key_only_costs_another_try() {
    // Anvil replaces a pending transaction for any higher fee, so the other sender could win there
    // in the end.
    let scene = Scene::on(devnet_chain().await).await;
    // This client reaches the same chain without the scripted node, as another program would.
    let foreign = scene.chain.connect_as(2).await;
    let nonces = flood(&scene, &[scene.hetu.clone(), foreign], 40).await;
    assert_eq!(nonces, (0..40).collect());
    assert_eq!(scene.paid().await, 40);
}

#[tokio::test]
async fn a_node_that_counts_too_few_is_not_believed_twice() {
    let scene = Scene::new().await;
    for _ in 0..3 {
        scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    }
    // From now on the nonce comes from a stale count, as behind a slow replica.
    scene.node.fail("eth_getTransactionCount", 4, Fault::Result(json!("0x0")));
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    assert_eq!(sent.nonce(), 3);
    sent.confirmed().await.unwrap();
    assert_eq!(scene.paid().await, 4);
}

#[tokio::test]
async fn a_node_that_never_takes_a_nonce_is_given_up_on() {
    let scene = Scene::new().await;
    let error = Fault::Error(-32_000, "nonce too low: next nonce 5, tx nonce 3");
    scene.node.fail("eth_sendRawTransaction", usize::MAX, error);
    let error = scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::NonceContention { .. }), "{error}");
    assert!(scene.node.calls("eth_sendRawTransaction").len() <= 16);
    assert_eq!(scene.paid().await, 0);
}

#[tokio::test]
async fn the_nonce_of_a_waiting_stranger_is_passed_over() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let foreign = scene.chain.connect_as(2).await;
    let dear = foreign.tokens().transfer(scene.friend, wei(10));
    let dear = dear.max_fee_per_gas(wei(90_000_000_000)).max_priority_fee_per_gas(wei(9));
    let mut first = dear.send().await.unwrap();
    // The node does not report the pending transaction, so the client tries its nonce first.
    scene.node.fail("eth_getTransactionCount", 1, Fault::Result(json!("0x0")));
    let mut second = scene.hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    assert_eq!((first.nonce(), second.nonce()), (0, 1));
    scene.automine(true).await;
    first.confirmed().await.unwrap();
    second.confirmed().await.unwrap();
    assert_eq!(scene.paid().await, 11);
}

#[tokio::test]
async fn a_refused_transaction_leaves_no_gap() {
    let scene = Scene::new().await;
    let fault = Fault::Error(-32_000, "intrinsic gas too low");
    scene.node.fail("eth_sendRawTransaction", 1, fault);
    let error = scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap_err();
    assert!(matches!(error, ChainError::Rpc(_)), "{error}");
    let sent = scene.hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    assert_eq!(sent.nonce(), 0);
}
