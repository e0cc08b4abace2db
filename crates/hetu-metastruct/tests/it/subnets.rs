//! Several subnets over one connection.

use hetu_chain::Amount;
use hetu_chain::model::{Registration, Role};
use hetu_devnet::Devnet;
use hetu_metastruct::{Metastruct, StaleReason, SyncError};

use crate::scene::{Chain, NEVER, endpoint, open_busy_subnet};

#[tokio::test]
async fn subnets_are_followed_together_and_let_go_one_by_one() {
    let chain = Chain::busy(Devnet::builder()).await;
    chain.devnet.mine(101).await;
    let other = open_busy_subnet(&chain.connect_as(0).await).await;
    let first = chain.follow().await;
    let second = first.follow(other).await.unwrap();
    assert_eq!(first.followed(), [chain.netuid, other]);
    assert_eq!((second.netuid(), second.view().len()), (other, 0));
    assert_eq!(first.follow(other).await.unwrap().followed().len(), 2, "it is the same one");

    let hetu = chain.connect_as(1).await;
    for netuid in [chain.netuid, other] {
        let registration = Registration::miner(netuid, Amount::from_hetu(200), endpoint(8_091));
        hetu.dendrons().ensure(&registration).await.unwrap();
    }
    first.refresh().await.unwrap();
    let shown = second.refresh().await.unwrap();
    let alone = Metastruct::builder(chain.connect_as(9).await, other).refresh_interval(NEVER);
    assert_eq!(shown, alone.start().await.unwrap().view());
    assert_eq!((first.view().len(), shown.len()), (1, 1));
    assert_eq!(first.view().block, shown.block, "one block for all");

    first.unfollow(other).await.unwrap();
    assert_eq!(second.fresh_view().unwrap_err().reason, StaleReason::Unfollowed);
    assert!(
        matches!(second.refresh().await, Err(SyncError::Unfollowed(netuid)) if netuid == other)
    );
    assert!(first.subnet(other).is_none() && first.subnet(chain.netuid).is_some());
    assert!(matches!(first.unfollow(other).await, Err(SyncError::Unfollowed(_))));
    let again = first.follow(other).await.unwrap();
    assert!(again.fresh_view().is_ok());
    assert_eq!(again.view().len(), 1);

    let error = first.follow(9).await.unwrap_err();
    assert!(error.to_string().contains("no subnet 9"), "{error}");
}

#[tokio::test]
async fn one_stream_serves_all_subnets() {
    let chain = Chain::busy(Devnet::builder()).await;
    chain.devnet.mine(101).await;
    let other = open_busy_subnet(&chain.connect_as(0).await).await;
    let gateway = crate::gateway::Gateway::to(&chain).await;
    let first = gateway.builder().await.start().await.unwrap();
    let count = async |metastruct: &Metastruct| {
        // On a busy machine one block may be processed in two rounds, so the test takes the least
        // of several counts.
        let mut least = usize::MAX;
        for _ in 0..20 {
            gateway.take_count();
            chain.devnet.mine(1).await;
            metastruct.refresh().await.unwrap();
            least = least.min(gateway.take_count());
        }
        least
    };
    let alone = count(&first).await;
    let second = first.follow(other).await.unwrap();
    assert_eq!(count(&first).await, alone, "another subnet costs no call a block");
    assert_eq!(second.view().block, first.view().block);
}

#[tokio::test]
async fn a_slow_reader_of_changes_is_told_that_it_missed_some() {
    let chain = Chain::busy(Devnet::builder()).await;
    chain.join(1, Role::Miner, 300, endpoint(8_091)).await;
    let metastruct = chain.follow().await;
    let mut changes = metastruct.changes();
    let staker = chain.connect_as(1).await;
    for amount in 0..300 {
        let stake = Amount::from_hetu(200 + amount % 2);
        staker.staking().allocate(chain.netuid, stake).await.unwrap();
        metastruct.refresh().await.unwrap();
    }
    let missed = changes.next().await.unwrap().unwrap_err();
    assert_eq!(missed.count, 300 - 256);
    let mut count = 0;
    while count < 256 {
        changes.next().await.unwrap().unwrap();
        count += 1;
    }
    drop(metastruct);
    assert!(changes.next().await.is_none());
}
