//! The view of a single subnet as the chain grows.

use std::time::Duration;

use hetu_chain::model::{RawEndpoint, Role};
use hetu_chain::{Amount, Retryable};
use hetu_metastruct::{EndpointRefusal, Metastruct, SyncError};

use crate::scene::{Chain, NEVER, endpoint};

#[tokio::test]
async fn a_view_shows_one_block_ranked_by_stake() {
    let chain = Chain::start().await;
    chain.join(1, Role::Miner, 200, endpoint(8091)).await;
    chain.join(2, Role::Miner, 300, endpoint(8092)).await;
    chain.join(3, Role::Validator, 500, RawEndpoint::default()).await;

    let view = chain.follow().await.view();
    let stakes: Vec<_> = view.miners().iter().map(|miner| miner.dendron.stake).collect();
    assert_eq!(stakes, [Amount::from_hetu(300), Amount::from_hetu(200)]);
    assert_eq!(view.total_stake(), Amount::from_hetu(1_000));
    assert_eq!((view.len(), view.netuid()), (3, chain.netuid));
    assert_eq!(view.block.id.number, chain.devnet.block_number());
    assert_eq!(view.epoch().blocks_left, view.epoch().next_end - view.block.id.number);

    let validator = view.get(chain.devnet.accounts()[3].address).unwrap();
    assert!(validator.is_active(Role::Validator) && !validator.is_active(Role::Miner));
    assert_eq!(validator.endpoint, Err(EndpointRefusal::Empty));
    let miner = view.miners()[0].endpoint.as_ref().unwrap();
    assert_eq!(miner.to_string(), "http://127.0.0.1:8092");

    chain.join(4, Role::Miner, 200, endpoint(8092)).await;
    let view = chain.fresh_read().await;
    let there: Vec<_> = view.at_endpoint(miner).iter().map(|member| member.address()).collect();
    let of = |account: usize| chain.devnet.accounts()[account].address;
    assert_eq!(there, [of(2), of(4)], "also those who registered what is another's");
    assert_eq!(view.active(Role::Miner).count(), 3);
    let json = serde_json::to_value(&view).unwrap();
    assert_eq!(json["members"].as_array().unwrap().len(), 4);
    assert!(
        json["members"]
            .as_array()
            .unwrap()
            .is_sorted_by_key(|member| { member["address"].as_str().unwrap().to_lowercase() })
    );
    assert_eq!(json["block"]["id"]["number"], view.block.id.number);
}

#[tokio::test]
async fn a_refresh_swaps_the_view_and_leaves_the_old_one_alone() {
    let chain = Chain::start().await;
    let metastruct = chain.follow().await;
    let before = metastruct.view();
    let mut blocks = metastruct.blocks();
    blocks.mark_unchanged();

    chain.join(1, Role::Miner, 200, endpoint(8091)).await;
    let after = metastruct.refresh().await.unwrap();
    assert_eq!((before.len(), after.len()), (0, 1));
    assert!(blocks.has_changed().unwrap());
    assert_eq!(*blocks.borrow_and_update(), after.block.id.number);

    let again = metastruct.refresh().await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&after, &again), "the same block is not read twice");
}

#[tokio::test]
async fn the_background_loop_sees_new_blocks_by_itself() {
    let chain = Chain::start().await;
    let metastruct = Metastruct::builder(chain.connect_as(9).await, chain.netuid)
        .refresh_interval(Duration::from_millis(10))
        .start()
        .await
        .unwrap();
    let mut blocks = metastruct.blocks();
    chain.join(1, Role::Miner, 200, endpoint(8091)).await;
    while metastruct.view().is_empty() {
        blocks.changed().await.unwrap();
    }
    assert_eq!(metastruct.view().miners().len(), 1);
}

#[tokio::test]
async fn many_who_catch_up_share_one_sync() {
    let chain = Chain::start().await;
    let metastruct = chain.follow().await;
    chain.join(1, Role::Miner, 200, endpoint(8091)).await;

    let catch_up = || metastruct.catch_up(Duration::from_millis(1));
    let (first, second) = tokio::join!(catch_up(), catch_up());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.len(), 1);
    assert!(std::sync::Arc::ptr_eq(&first, &second));

    chain.join(2, Role::Miner, 200, endpoint(8092)).await;
    assert_eq!(catch_up().await.unwrap().len(), 2, "and a later call sees later blocks");
}

#[tokio::test]
async fn a_view_that_is_too_old_is_not_handed_out() {
    let chain = Chain::start().await;
    let metastruct = Metastruct::builder(chain.connect_as(9).await, chain.netuid)
        .refresh_interval(NEVER)
        .max_age(Duration::from_secs(60))
        .start()
        .await
        .unwrap();
    assert!(metastruct.fresh_view().is_ok());

    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    let stale = metastruct.fresh_view().unwrap_err();
    assert!(stale.age > stale.limit);
    assert!(metastruct.age() >= Duration::from_secs(61));
    assert!(metastruct.view().is_empty(), "the old view is still there for those who want it");

    tokio::time::resume();
    metastruct.refresh().await.unwrap();
    assert!(metastruct.fresh_view().is_ok());
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_view() {
    let chain = Chain::start().await;
    chain.join(1, Role::Miner, 200, endpoint(8091)).await;
    let metastruct = chain.follow().await;
    let before = metastruct.view();
    chain.devnet.stop().await;
    let SyncError::Chain(error) = metastruct.refresh().await.unwrap_err() else {
        panic!("another error");
    };
    assert!(error.retryability().is_retryable(), "{error}");
    assert!(std::sync::Arc::ptr_eq(&before, &metastruct.view()));
}

#[tokio::test]
async fn a_subnet_that_is_not_there_is_an_error() {
    let chain = Chain::start().await;
    let error = Metastruct::builder(chain.connect_as(9).await, 7).start().await.unwrap_err();
    assert!(error.to_string().contains("no subnet 7"), "{error}");
}
