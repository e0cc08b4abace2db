//! Confirmations, and changes of the chain meanwhile.

use std::time::Duration;

use hetu_chain::client::TransactionStatus;
use hetu_chain::{ChainError, Retryable};
use hetu_devnet::Reorg;

use super::{Fault, Scene, wei};
use crate::setup::devnet_chain;

#[tokio::test]
async fn confirmations_are_waited_for() {
    let scene = Scene::new().await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).confirmations(3);
    let mut sent = call.send().await.unwrap();
    let hash = sent.hash();
    let waiting = tokio::spawn(async move { sent.confirmed().await });
    scene.chain.node.mine(1).await;
    let polled = scene.node.calls("eth_blockNumber").len();
    scene.node.called("eth_blockNumber", polled + 2).await;
    assert!(!waiting.is_finished(), "two blocks are not three");
    scene.chain.node.mine(1).await;
    let receipt = waiting.await.unwrap().unwrap();
    let status = scene.hetu.transactions().status(hash).await.unwrap();
    let expected =
        TransactionStatus::Included { block: receipt.block, confirmations: 3, succeeded: true };
    assert_eq!(status, expected);
}

#[tokio::test]
async fn a_transaction_that_a_reorganisation_drops_is_sent_again_and_lands_once() {
    let scene = Scene::on(devnet_chain().await).await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).confirmations(4);
    let mut sent = call.send().await.unwrap();
    let hash = sent.hash();
    scene.chain.node.mine(2).await;
    assert_eq!(scene.paid().await, 1);
    let waiting = tokio::spawn(async move { sent.confirmed().await });
    scene.node.called("eth_blockNumber", 1).await;

    scene.node.fail("eth_sendRawTransaction", usize::MAX, Fault::BadGateway);
    let reorg = Reorg::of_depth(3).forgetting_transactions();
    scene.chain.node.reorg(reorg).await.unwrap();
    assert_eq!(scene.paid().await, 0);
    scene.node.heal("eth_sendRawTransaction");
    while scene.paid().await == 0 {
        tokio::task::yield_now().await;
    }
    scene.chain.node.mine(3).await;
    let receipt = waiting.await.unwrap().unwrap();
    assert_eq!(receipt.transaction, hash);
    assert_eq!((scene.paid().await, scene.mined().await), (1, 1));
}

#[tokio::test]
async fn a_transaction_that_moves_to_another_block_counts_from_there() {
    let scene = Scene::on(devnet_chain().await).await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).confirmations(2);
    let mut sent = call.send().await.unwrap();
    let first = scene.hetu.transactions().status(sent.hash()).await.unwrap();
    let waiting = tokio::spawn(async move { sent.confirmed().await });
    scene.node.called("eth_blockNumber", 2).await;
    scene.chain.node.reorg(Reorg::of_depth(1)).await.unwrap();
    scene.chain.node.mine(1).await;
    let receipt = waiting.await.unwrap().unwrap();
    let second = scene.hetu.transactions().status(receipt.transaction).await.unwrap();
    assert_ne!(first, second);
    assert!(matches!(second, TransactionStatus::Included { block, .. } if block == receipt.block));
    assert_eq!(scene.paid().await, 1);
}

#[tokio::test]
async fn a_transaction_that_the_node_loses_is_given_to_it_again() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    scene.lose(sent.hash()).await;
    let status = scene.hetu.transactions().status(sent.hash()).await.unwrap();
    assert_eq!(status, TransactionStatus::Unknown);
    scene.automine(true).await;
    sent.confirmed().await.unwrap();
    assert_eq!(scene.paid().await, 1);
    let given = scene.node.calls("eth_sendRawTransaction");
    assert_eq!((given.len(), &given[0]), (2, &given[1]));
}

#[tokio::test]
async fn a_stuck_transaction_is_an_error_with_its_hash_and_can_be_waited_for_again() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let limit = Duration::from_millis(50);
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).deadline(limit);
    let mut sent = call.send().await.unwrap();
    let error = sent.confirmed().await.unwrap_err();
    let ChainError::Unconfirmed { transaction, nonce: 0, waited, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((transaction, waited), (sent.hash(), limit));
    assert!(!error.retryability().is_retryable(), "to send it anew would pay twice");
    let status = scene.hetu.transactions().status(transaction).await.unwrap();
    assert_eq!(status, TransactionStatus::Waiting);

    scene.automine(true).await;
    sent.confirmed().await.unwrap();
    let mut found = scene.hetu.transactions().find(transaction).await.unwrap();
    assert_eq!(found.confirmed().await.unwrap().transaction, transaction);
    assert_eq!(scene.paid().await, 1);
}

#[tokio::test]
async fn a_nonce_that_another_program_used_is_told() {
    let scene = Scene::new().await;
    scene.automine(false).await;
    let mut sent = scene.hetu.tokens().transfer(scene.friend, wei(1)).send().await.unwrap();
    scene.lose(sent.hash()).await;
    scene.automine(true).await;
    let foreign = scene.chain.connect_as(2).await;
    foreign.tokens().transfer(scene.friend, wei(10)).await.unwrap();
    let error = sent.confirmed().await.unwrap_err();
    assert!(matches!(error, ChainError::Replaced { nonce: 0, .. }), "{error}");
    assert_eq!(scene.paid().await, 10);
}

#[tokio::test]
async fn a_refusal_inside_of_a_block_is_told_with_its_reason() {
    let scene = Scene::new().await;
    let staking = scene.hetu.staking();
    staking.add(wei(5)).await.unwrap();
    scene.automine(false).await;
    // Both are simulated on a state in which either of them would succeed.
    let mut first = staking.remove(wei(5)).send().await.unwrap();
    let mut second = staking.remove(wei(5)).gas_limit(200_000).send().await.unwrap();
    scene.automine(true).await;
    first.confirmed().await.unwrap();
    let error = second.confirmed().await.unwrap_err();
    assert!(error.is_revert("INSUFFICIENT_STAKE"), "{error}");
}
