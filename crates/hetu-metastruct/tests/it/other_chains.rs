//! Nodes that serve another chain with the same chain id.

use std::time::Duration;

use hetu_chain::model::Role;
use hetu_metastruct::{StaleReason, SyncError};
use tokio::time::timeout;

use crate::gateway::Gateway;
use crate::scene::{Chain, endpoint};

const LIMIT: Duration = Duration::from_secs(5);

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn node_that_serves_another_chain_is_noticed_within_five_seconds() {
    let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
    chain.join(1, Role::Miner, 200, endpoint(8_091)).await;
    let other = Chain::busy(hetu_devnet::Devnet::builder()).await;
    let gateway = Gateway::to(&chain).await;
    let metastruct = gateway.builder().await.start().await.unwrap();
    let before = metastruct.view();
    let stale = || metastruct.freshness().stale_reason();
    assert_eq!(stale(), None);

    gateway.turn_to(&other);
    let noticed = timeout(LIMIT, until(|| stale() == Some(StaleReason::OtherChain))).await;
    assert!(noticed.is_ok(), "{:?}", metastruct.health());
    assert_eq!(metastruct.view(), before, "nothing of the other chain is shown");
    let error = metastruct.refresh().await.unwrap_err();
    assert!(matches!(error, SyncError::OtherChain), "{error}");

    gateway.turn_to(&chain);
    let back = timeout(2 * LIMIT, until(|| metastruct.fresh_view().is_ok())).await;
    assert!(back.is_ok(), "{:?}", metastruct.health());
}
