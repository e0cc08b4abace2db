//! Blocks that are replaced by others.

use hetu_chain::events::{EventError, EventNotice};
use hetu_chain::model::ChainEvent;
use hetu_devnet::Reorg;

use super::{quick, snapshot, stake, take_another_turn};
use crate::ledger::{Ledger, logs_of_node};
use crate::setup::{chain, miner_of};

#[tokio::test]
async fn a_reorganisation_takes_back_what_it_dropped() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();
    let mut ledger = Ledger::default();
    stake(&hetu, 1).await;
    let fork = hetu.block().await.unwrap().id;
    let before = snapshot(&chain).await;
    let netuid = chain.active_subnet().await;
    hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    ledger.follow_to_head(&mut stream, &hetu).await;
    let dropped = ledger.blocks.len();
    assert!(ledger.blocks.len() > 5);

    take_another_turn(&chain, before, 1).await;
    stake(&chain.connect_as(3).await, 1).await;
    ledger.follow_to_head(&mut stream, &hetu).await;
    let undone = dropped - usize::try_from(fork.number - first + 1).unwrap();
    assert_eq!(ledger.reorgs, [undone]);
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
    let joined = |event: &ChainEvent| matches!(event, ChainEvent::Dendron(_));
    assert!(!ledger.events.iter().any(|logged| joined(&logged.event)));
}

#[tokio::test]
async fn events_of_dropped_blocks_are_told_again_where_they_stand_now() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();
    let mut ledger = Ledger::default();
    for amount in 1..=10 {
        stake(&hetu, amount).await;
    }
    ledger.follow_to_head(&mut stream, &hetu).await;
    let told: Vec<_> = ledger.events.iter().map(|logged| logged.event.clone()).collect();
    for depth in [1, 5, 12] {
        chain.node.reorg(Reorg::of_depth(depth)).await.unwrap();
        ledger.follow_to_head(&mut stream, &hetu).await;
        assert_eq!(ledger.reorgs.pop(), usize::try_from(depth).ok());
        let again: Vec<_> = ledger.events.iter().map(|logged| logged.event.clone()).collect();
        assert_eq!(again, told, "the same transactions are mined again, in other blocks");
        assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
    }
}

#[tokio::test]
async fn a_node_that_remembers_dropped_blocks_says_where_the_histories_part() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    chain.node.mine(20).await;
    let shared = hetu.block().await.unwrap().id;
    chain.node.mine(7).await;
    let dropped = hetu.block().await.unwrap().id;
    chain.node.reorg(Reorg::of_depth(7)).await.unwrap();
    let mut stream = quick(&hetu).resume_after(dropped).follow();
    let notice = stream.next().await.unwrap().unwrap();
    assert_eq!(notice, EventNotice::Reorg { back_to: shared, dropped: vec![dropped] });
}

#[tokio::test]
async fn resuming_after_a_dropped_block_goes_back_first() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    chain.node.mine(3).await;
    let before = snapshot(&chain).await;
    stake(&hetu, 1).await;
    let dropped = hetu.block().await.unwrap().id;
    take_another_turn(&chain, before, 1).await;
    let mut stream = quick(&hetu).resume_after(dropped).follow();
    let Some(Ok(EventNotice::Reorg { back_to, dropped: told })) = stream.next().await else {
        panic!("no reorganisation");
    };
    assert!(back_to.number < dropped.number);
    assert_eq!(told, [dropped]);
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, back_to.number + 1).await);
}

#[tokio::test]
async fn a_reorganisation_beyond_memory_is_an_error() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let before = snapshot(&chain).await;
    chain.node.mine(400).await;
    let mut stream = quick(&hetu).from_block(0).follow();
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    take_another_turn(&chain, before, 1).await;
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, EventError::ReorgTooDeep { .. }), "{error}");
    assert!(stream.next().await.is_none());
}
