//! Transactions that stay pending too long.

use std::time::Duration;

use hetu_chain::client::{Cancellation, SendOptions, TransactionStatus};
use hetu_chain::{ChainError, TxHash};
use serde_json::json;

use super::{Fault, Scene, rpc, wei};

/// Sends a transfer of five wei that stays pending.
async fn stuck(scene: &Scene) -> TxHash {
    scene.automine(false).await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(5));
    let error = call.deadline(Duration::ZERO).await.unwrap_err();
    let ChainError::Unconfirmed { transaction, .. } = error else {
        panic!("{error}");
    };
    transaction
}

/// Returns once the node has replaced this transaction.
async fn gone(scene: &Scene, transaction: TxHash) {
    let status = || async { scene.hetu.transactions().status(transaction).await.unwrap() };
    while status().await != TransactionStatus::Unknown {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_higher_fee_takes_the_place_of_the_lower() {
    let scene = Scene::new().await;
    let old = stuck(&scene).await;
    let mut newer = scene.hetu.transactions().replace(old).await.unwrap();
    assert_ne!(newer.hash(), old);
    assert_eq!(newer.nonce(), 0);
    let status = scene.hetu.transactions().status(old).await.unwrap();
    assert_eq!(status, TransactionStatus::Unknown, "the node keeps one of a nonce");
    newer.bump_fees().await.unwrap();
    scene.automine(true).await;
    assert_eq!(newer.confirmed().await.unwrap().transaction, newer.hash());
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
}

#[tokio::test]
async fn a_call_keeps_its_result_through_replacements() {
    let scene = Scene::new().await;
    scene.hetu.tokens().wrap(wei(7)).await.unwrap();
    scene.automine(false).await;
    let mut sent = scene.hetu.tokens().unwrap(wei(7)).send().await.unwrap();
    sent.bump_fees().await.unwrap();
    scene.automine(true).await;
    let receipt = sent.confirmed().await.unwrap();
    assert_eq!(receipt.transaction, sent.hash());
    let mined = sent.bump_fees().await;
    assert!(mined.is_ok(), "there is nothing left to replace: {mined:?}");
}

#[tokio::test]
async fn a_cancelled_transaction_never_pays() {
    let scene = Scene::new().await;
    let old = stuck(&scene).await;
    let hetu = scene.hetu.clone();
    let cancelling = tokio::spawn(async move { hetu.transactions().cancel(old).await });
    gone(&scene, old).await;
    scene.automine(true).await;
    let outcome = cancelling.await.unwrap().unwrap();
    let Cancellation::Cancelled { by } = outcome else {
        panic!("{outcome:?}");
    };
    let status = scene.hetu.transactions().status(by).await.unwrap();
    assert!(matches!(status, TransactionStatus::Included { succeeded: true, .. }), "{status:?}");
    assert_eq!((scene.paid().await, scene.mined().await), (0, 1));
}

#[tokio::test]
async fn who_waits_for_a_cancelled_transaction_is_told() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(5)).send().await.unwrap();
    let old = sent.hash();
    let cancelled = scene.hetu.transactions().find(old).await.unwrap();
    let cancelling = tokio::spawn(cancelled.cancel());
    gone(&scene, old).await;
    scene.automine(true).await;
    cancelling.await.unwrap().unwrap();
    let error = sent.confirmed().await.unwrap_err();
    assert!(matches!(error, ChainError::Cancelled { transaction, .. } if transaction == old));
}

#[tokio::test]
async fn who_waits_for_a_replaced_transaction_gets_what_took_its_place() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(5)).send().await.unwrap();
    let old = sent.hash();
    let waiting = tokio::spawn(async move { sent.confirmed().await });
    // This is another connection to the same node, as another part of the program may have.
    let other = scene.node.connect().await.with_wallet(scene.chain.wallet(2));
    let newer = other.transactions().replace(old).await.unwrap().hash();
    scene.automine(true).await;
    assert_eq!(waiting.await.unwrap().unwrap().transaction, newer);
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
}

#[tokio::test]
async fn it_is_too_late_to_cancel_what_a_block_includes() {
    let scene = Scene::new().await;
    let receipt = scene.hetu.tokens().transfer(scene.friend, wei(5)).await.unwrap();
    let outcome = scene.hetu.transactions().cancel(receipt.transaction).await.unwrap();
    assert_eq!(outcome, Cancellation::TooLate(receipt));
    assert_eq!((scene.paid().await, scene.mined().await), (5, 1));
}

#[tokio::test]
async fn only_transactions_of_the_wallet_are_replaced() {
    let scene = Scene::new().await;
    let other = scene.chain.connect_as(3).await;
    let receipt = other.tokens().transfer(scene.friend, wei(5)).await.unwrap();
    for hash in [receipt.transaction, TxHash::from([7; 32])] {
        let error = scene.hetu.transactions().replace(hash).await.unwrap_err();
        assert!(matches!(error, ChainError::UnknownTransaction { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_node_that_makes_a_transaction_up_gets_no_signature_for_it() {
    let scene = Scene::new().await;
    let old = stuck(&scene).await;
    let mut told = rpc(&scene.chain, "eth_getTransactionByHash", json!([old])).await;
    told["value"] = "0xffffffffffff".into();
    let fault = Fault::Result(told);
    scene.node.fail("eth_getTransactionByHash", 1, fault);
    let error = scene.hetu.transactions().replace(old).await.unwrap_err();
    assert!(matches!(error, ChainError::UnknownTransaction { .. }), "{error}");
    assert_eq!(scene.node.calls("eth_sendRawTransaction").len(), 1);
}

#[tokio::test]
async fn options_of_the_client_hold_for_all_its_transactions() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let mut options = SendOptions::default();
    options.deadline = Duration::ZERO;
    let hasty = scene.hetu.clone().with_send_options(options);
    let error = hasty.staking().add(wei(5)).await.unwrap_err();
    assert!(matches!(error, ChainError::Unconfirmed { .. }), "the first step waits: {error}");
}
