//! Lost replies, and the known state afterwards.

use std::collections::BTreeSet;
use std::time::Duration;

use hetu_chain::client::TransactionStatus;
use hetu_chain::{ChainError, Retryable};
use serde_json::Value;

use super::{Fault, Scene, wei};

const SEND: &str = "eth_sendRawTransaction";

/// Returns the distinct transactions that the node received.
fn different(scene: &Scene) -> BTreeSet<String> {
    scene.node.calls(SEND).iter().map(Value::to_string).collect()
}

#[tokio::test]
async fn a_lost_reply_is_looked_up_and_nothing_is_paid_twice() {
    let scene = Scene::new().await;
    scene.node.fail(SEND, 1, Fault::LoseReply);
    scene.hetu.tokens().transfer(scene.friend, wei(5)).await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
    assert_eq!(scene.node.calls(SEND).len(), 1);
}

#[tokio::test]
async fn what_did_not_reach_the_node_is_given_to_it_again_as_it_was() {
    for fault in [
        Fault::LoseCall,
        Fault::BadGateway,
        Fault::Error(-32_603, "internal error"),
        Fault::Error(-32_005, "too many requests"),
        Fault::Result(Value::Null),
    ] {
        let scene = Scene::new().await;
        scene.node.fail(SEND, 2, fault.clone());
        scene.hetu.tokens().transfer(scene.friend, wei(5)).await.unwrap();
        assert_eq!((scene.paid().await, scene.mined().await), (5, 1), "{fault:?}");
        assert_eq!(different(&scene).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_refusal_after_a_lost_reply_is_no_reason_to_sign_again() {
    let scene = Scene::new().await;
    // The first attempt reaches the node, but the client cannot see that. The second is refused
    // with an error that would otherwise be a reason to take another nonce.
    scene.automine(false).await;
    scene.node.fail(SEND, 1, Fault::LoseReply);
    let refusal = Fault::Error(-32_000, "replacement transaction underpriced");
    scene.node.fail(SEND, 1, refusal);
    scene.node.fail("eth_getTransactionByHash", 2, Fault::Result(Value::Null));
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(5)).send().await.unwrap();
    scene.automine(true).await;
    sent.confirmed().await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
    assert_eq!(different(&scene).len(), 1);
}

#[tokio::test]
async fn another_is_signed_once_the_first_has_become_impossible() {
    let scene = Scene::new().await;
    scene.node.fail(SEND, 3, Fault::LoseCall);
    let (hetu, friend) = (scene.hetu.clone(), scene.friend);
    let sending =
        tokio::spawn(async move { hetu.tokens().transfer(friend, wei(5)).await.unwrap() });
    scene.node.called(SEND, 1).await;
    // Another program takes the nonce before the fourth attempt.
    scene.chain.connect_as(2).await.tokens().transfer(scene.friend, wei(20)).await.unwrap();
    sending.await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (25, 2));
    assert_eq!(different(&scene).len(), 2);
}

#[tokio::test]
async fn a_node_that_stays_away_leaves_an_error_that_is_not_to_be_retried() {
    let scene = Scene::new().await;
    scene.node.fail(SEND, usize::MAX, Fault::BadGateway);
    let error = scene.hetu.tokens().transfer(scene.friend, wei(5)).await.unwrap_err();
    let ChainError::Uncertain { transaction, .. } = error else {
        panic!("{error}");
    };
    assert!(!error.retryability().is_retryable());
    assert_eq!(different(&scene).len(), 1);
    let status = scene.hetu.transactions().status(transaction).await.unwrap();
    assert_eq!(status, TransactionStatus::Unknown);
    assert_eq!(scene.paid().await, 0);

    // The next transaction does not wait behind one that never reached the node.
    scene.node.heal(SEND);
    scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (1, 1));
}

#[tokio::test]
async fn a_refusal_in_clear_words_is_final_and_named() {
    let scene = Scene::new().await;
    scene.node.fail(SEND, 1, Fault::Error(-32_000, "transaction type not supported"));
    let error = scene.hetu.tokens().transfer(scene.friend, wei(5)).await.unwrap_err();
    assert!(error.to_string().contains("transaction type not supported"), "{error}");
    assert!(!error.retryability().is_retryable());
}

#[tokio::test]
async fn reads_that_fail_while_waiting_do_not_end_the_wait() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(5)).send().await.unwrap();
    scene.node.fail("eth_getTransactionReceipt", 6, Fault::BadGateway);
    scene.automine(true).await;
    sent.confirmed().await.unwrap();
    assert_eq!(scene.paid().await, 5);
}

#[tokio::test]
async fn a_caller_that_stops_waiting_does_not_stop_the_sending() {
    let scene = Scene::new().await;
    let snapshot = scene.hetu.block().await.unwrap();
    let call = scene.hetu.tokens().transfer(scene.friend, wei(5));
    let sending = tokio::time::timeout(Duration::from_secs(30), async {
        tokio::select! {
            sent = call.send() => panic!("it should have been dropped: {sent:?}"),
            () = scene.node.called("eth_sendRawTransaction", 1) => {}
        }
    });
    sending.await.unwrap();
    while scene.paid().await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(scene.hetu.block().await.unwrap().id.number > snapshot.id.number);
    scene.hetu.tokens().transfer(scene.friend, wei(1)).await.unwrap();
    assert_eq!((scene.paid().await, scene.mined().await), (6, 2));
}
