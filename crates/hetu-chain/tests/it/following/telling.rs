//! Events that are reported, and events that are left out.

use hetu_chain::NetUid;
use hetu_chain::events::{EventNotice, Events};
use hetu_chain::model::{
    ChainEvent, DendronEvent, EventGroup, PoolEvent, StakingEvent, SubnetEvent, TokenEvent,
    WeightsEvent,
};
use hetu_chain::primitives::keccak256;

use super::{POLL, another_subnet, quick, stake};
use crate::ledger::{Ledger, logs_of_node};
use crate::setup::{chain, miner_of, validator_of};

#[tokio::test]
async fn what_happens_is_told_in_order_with_contracts_of_new_subnets() {
    let chain = chain().await;
    let hetu = chain.connect().await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();

    let netuid = chain.active_subnet().await;
    let (miner, validator) = (chain.connect_as(2).await, chain.connect_as(3).await);
    let (judged, judge) = (miner.address().unwrap(), validator.address().unwrap());
    miner.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    validator.dendrons().ensure(&validator_of(netuid, 500)).await.unwrap();
    validator
        .weights()
        .set(netuid, &[hetu_chain::model::Weight { dendron: judged, weight: 7 }])
        .await
        .unwrap();

    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
    assert_eq!(ledger.blocks[0].number, first);

    let at = |wanted: &dyn Fn(&ChainEvent) -> bool| {
        ledger.events.iter().position(|logged| wanted(&logged.event)).expect("not told")
    };
    use ChainEvent::{Dendron, Pool, Staking, Subnet, Token, Weights};
    let told = [
        at(&|event| matches!(event, Token(TokenEvent::Minted { netuid: of, .. }) if *of == netuid)),
        at(
            &|event| matches!(event, Pool(PoolEvent::ReservesChanged { netuid: of, .. }) if *of == netuid),
        ),
        at(&|event| matches!(event, Subnet(SubnetEvent::Registered { .. }))),
        at(&|event| matches!(event, Subnet(SubnetEvent::Activated { .. }))),
        at(
            &|event| matches!(event, Staking(StakingEvent::Added { account, .. }) if *account == judged),
        ),
        at(
            &|event| matches!(event, Dendron(DendronEvent::Registered { account, .. }) if *account == judged),
        ),
        at(
            &|event| matches!(event, Weights(WeightsEvent::Set { validator, .. }) if *validator == judge),
        ),
    ];
    assert!(told.is_sorted(), "{told:?}");
}

#[tokio::test]
async fn following_from_now_begins_with_the_newest_block() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    stake(&hetu, 1).await;
    let head = hetu.block().await.unwrap();
    let mut stream = quick(&hetu).follow();
    assert_eq!(stream.next().await.unwrap().unwrap(), EventNotice::Block(head));
    stake(&hetu, 2).await;
    let mut ledger = Ledger::default();
    ledger.follow_to_head(&mut stream, &hetu).await;
    assert!(ledger.events.iter().all(|event| event.block.number > head.id.number));
    assert!(!ledger.events.is_empty());
}

#[tokio::test]
async fn a_resumed_stream_repeats_nothing_and_leaves_nothing_out() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    for amount in 1..=6 {
        stake(&hetu, amount).await;
    }
    let mut whole = Ledger::default();
    whole.follow_to_head(&mut quick(&hetu).from_block(first).follow(), &hetu).await;

    let mut parts = Ledger::default();
    let mut stream = quick(&hetu).from_block(first).follow();
    while parts.blocks.last() != whole.blocks.last() {
        parts.follow_one(&mut stream).await;
        if let Some(block) = parts.checkpoint() {
            drop(stream);
            stream = quick(&hetu).resume_after(block).follow();
        }
    }
    assert_eq!(parts.events, whole.events);
    assert_eq!(parts.blocks, whole.blocks);
}

#[tokio::test]
async fn subnets_and_groups_can_be_chosen() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let one = chain.active_subnet().await;
    let other = another_subnet(&chain).await;
    for netuid in [one, other] {
        hetu.dendrons().ensure(&miner_of(netuid, 200)).await.unwrap();
    }
    let read = async |events: Events| {
        let mut ledger = Ledger::default();
        ledger.follow_to_head(&mut events.from_block(0).follow(), &hetu).await;
        ledger.events
    };
    let of_one = read(quick(&hetu).netuid(one)).await;
    assert!(of_one.iter().all(|logged| logged.event.netuid() == Some(one)));
    let dendrons = read(quick(&hetu).netuid(other).group(EventGroup::Dendron)).await;
    assert_eq!(dendrons.len(), 1, "{dendrons:?}");
    let tokens = read(quick(&hetu).netuid(other).group(EventGroup::Token)).await;
    assert!(!tokens.is_empty());
    let all = read(quick(&hetu)).await;
    let expected = all.iter().filter(|logged| logged.event.netuid() == Some(one));
    assert_eq!(of_one, expected.cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stranger_cannot_inject_events() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let mut stream = quick(&hetu).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    // The code logs 32 zero bytes under the two topics, as GlobalStaking does for a stake.
    let mut code = vec![0x7f];
    code.extend([0; 12]);
    code.extend(hetu.address().unwrap().as_bytes());
    code.push(0x7f);
    code.extend(keccak256("GlobalStakeAdded(address,uint256)"));
    code.extend([0x60, 0x20, 0x60, 0x00, 0xa2, 0x00]);
    let receipt = hetu.transactions().create(code).await.unwrap();
    assert_eq!(receipt.events, []);
    stake(&hetu, 1).await;
    ledger.follow_to_head(&mut stream, &hetu).await;
    let staked =
        |event: &ChainEvent| matches!(event, ChainEvent::Staking(StakingEvent::Added { .. }));
    assert_eq!(ledger.events.iter().filter(|logged| staked(&logged.event)).count(), 1);
    assert!(ledger.events.iter().all(|logged| Some(logged.contract) != receipt.created));
}

#[tokio::test]
async fn unconfirmed_blocks_are_held_back() {
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    let mut stream = quick(&hetu).confirmations(3).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    stake(&hetu, 1).await;
    let staked_at = hetu.block().await.unwrap().id;
    chain.node.mine(3).await;
    while ledger.blocks.last() != Some(&staked_at) {
        ledger.follow_one(&mut stream).await;
    }
    let more = tokio::time::timeout(POLL * 10, stream.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn streams_of_the_futures_kind_can_be_made() {
    use futures_util::StreamExt;
    let chain = chain().await;
    let hetu = chain.connect_as(2).await;
    stake(&hetu, 1).await;
    let past = hetu.events().group(EventGroup::Staking).past(0..=u64::MAX).await.unwrap();
    let staked = past.into_stream().filter(|event| {
        let is_staked = matches!(
            event.as_ref().unwrap().event,
            ChainEvent::Staking(StakingEvent::Added { .. })
        );
        std::future::ready(is_staked)
    });
    assert_eq!(staked.count().await, 1);
    let head = hetu.block().await.unwrap();
    let mut live = Box::pin(quick(&hetu).netuid(NetUid::new(1)).follow());
    assert_eq!(StreamExt::next(&mut live).await.unwrap().unwrap(), EventNotice::Block(head));
}
