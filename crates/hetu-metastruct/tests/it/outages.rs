//! Nodes that are unreachable, refuse or lie.

use std::time::Duration;

use hetu_chain::model::Role;
use hetu_chain::{Amount, Retryable};
use hetu_metastruct::{FollowMode, Metastruct, StaleReason, SyncError};
use serde_json::{Value, json};
use tokio::time::{advance, pause, resume};

use crate::gateway::{Fault, Gateway, REFUSED};
use crate::scene::{Chain, NEVER, endpoint};

const SECOND: Duration = Duration::from_secs(1);

/// Advances the clock without a real wait.
async fn pass(seconds: u32) {
    pause();
    for _ in 0..seconds {
        advance(SECOND).await;
    }
    resume();
}

/// Refreshes repeatedly, as a caller does after a retryable error.
async fn refreshed(metastruct: &Metastruct) {
    let mut last = None;
    for _ in 0..200 {
        match metastruct.refresh().await {
            Ok(_) if metastruct.fresh_view().is_ok() => return,
            Ok(_) => {}
            Err(error) => {
                assert!(error.retryability().is_retryable(), "{error}");
                last = Some(error);
            }
        }
        // Endpoints that were set aside for a while are tried again.
        pass(11).await;
    }
    panic!("{last:?} {:?}", metastruct.health());
}

#[tokio::test]
async fn a_node_that_is_gone_for_a_minute_is_noticed_and_made_up_for() {
    let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
    chain.join(1, Role::Miner, 200, endpoint(8_091)).await;
    let gateway = Gateway::to(&chain).await;
    let builder = gateway.builder().await.refresh_interval(5 * SECOND).max_age(30 * SECOND);
    let metastruct = builder.delivery_limit(SECOND).start().await.unwrap();
    let before = metastruct.view();

    gateway.behave(|_| Fault::Close);
    pass(60).await;
    let stale = metastruct.fresh_view().unwrap_err();
    assert_eq!((stale.reason, stale.limit), (StaleReason::OutOfReach, 30 * SECOND));
    assert!(stale.age >= 60 * SECOND, "{stale}");
    assert_eq!(metastruct.view(), before, "for those who want it, it is still there");
    for _ in 0..100 {
        if metastruct.health().last_error.is_some() {
            break;
        }
        pass(1).await;
    }
    assert!(metastruct.health().last_error.is_some());

    chain.join(2, Role::Miner, 300, endpoint(8_092)).await;
    chain.connect_as(1).await.dendrons().deregister(chain.netuid).await.unwrap();
    assert!(metastruct.fresh_view().is_err());
    gateway.behave(|_| Fault::None);
    pass(60).await;
    refreshed(&metastruct).await;
    assert_eq!(*metastruct.view(), chain.fresh_read().await);
    let metrics = metastruct.metrics();
    assert!(metrics.contains("hetu_metastruct_fresh{netuid=\"1\"} 1"), "{metrics}");
    assert!(!metrics.contains("differences_total{"), "no event was lost: {metrics}");
    for _ in 0..100 {
        if metastruct.metrics().contains("reconciliations_total{netuid=\"1\",outcome=\"equal\"}") {
            return;
        }
        refreshed(&metastruct).await;
    }
    panic!("nothing was compared after the outage: {}", metastruct.metrics());
}

/// Reports a newest block that is `blocks` above the real one.
fn boasting(blocks: u64) -> impl Fn(&Value) -> Fault + Send + Sync + 'static {
    move |call| {
        let asks = call["method"] == "eth_getBlockByNumber" && call["params"][0] == "latest";
        if !asks {
            return Fault::None;
        }
        Fault::Change(Box::new(move |answer| {
            let header = &mut answer["result"];
            let number = header["number"].as_str().unwrap().trim_start_matches("0x");
            let number = u64::from_str_radix(number, 16).unwrap() + blocks;
            header["number"] = json!(format!("{number:#x}"));
            header["hash"] = json!(format!("0x{}", "ab".repeat(32)));
            header["parentHash"] = json!(format!("0x{}", "cd".repeat(32)));
        }))
    }
}

#[tokio::test]
async fn a_node_that_lies_about_its_head_is_not_believed() {
    for blocks in [1, 5, 1_000] {
        let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
        chain.join(1, Role::Miner, 200, endpoint(8_091)).await;
        let gateway = Gateway::to(&chain).await;
        let builder = gateway.builder().await.delivery_limit(Duration::from_millis(50));
        let metastruct = builder.max_age(30 * SECOND).start().await.unwrap();
        let before = metastruct.view();

        gateway.behave(boasting(blocks));
        let error = metastruct.refresh().await.unwrap_err();
        assert!(matches!(error, SyncError::Behind { .. }), "{error}");
        assert!(error.retryability().is_retryable());
        assert!(gateway.builder().await.start().await.is_err(), "nothing is made up");
        pass(31).await;
        assert_eq!(metastruct.fresh_view().unwrap_err().reason, StaleReason::Behind);
        assert_eq!(metastruct.view(), before);

        gateway.behave(|_| Fault::None);
        chain.join(2, Role::Miner, 300, endpoint(8_092)).await;
        refreshed(&metastruct).await;
        assert_eq!(*metastruct.view(), chain.fresh_read().await, "{blocks}");
    }
}

#[tokio::test]
async fn a_node_whose_head_stands_still_is_noticed_by_the_time_of_its_block() {
    let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
    let builder = chain.builder().await;
    let now = hetu_chain::Clock::unix_time(&hetu_chain::SystemClock);
    let clock = std::sync::Arc::new(hetu_chain::clock::ManualClock::at(now));
    let builder = builder.clock(clock.clone()).max_block_age(Some(600 * SECOND));
    let metastruct = builder.start().await.unwrap();
    assert!(metastruct.fresh_view().is_ok());
    clock.advance(700 * SECOND);
    metastruct.refresh().await.unwrap();
    let stale = metastruct.fresh_view().unwrap_err();
    assert_eq!((stale.reason, stale.limit), (StaleReason::OldBlock, 600 * SECOND));
    chain.devnet.increase_time(700 * SECOND);
    chain.devnet.mine(1).await;
    metastruct.refresh().await.unwrap();
    assert!(metastruct.fresh_view().is_ok());
}

#[tokio::test]
async fn a_node_without_events_is_polled_until_it_has_them() {
    let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
    let gateway = Gateway::to(&chain).await;
    let builder = gateway.builder().await.delivery_limit(Duration::from_millis(50));
    let metastruct = builder.start().await.unwrap();
    gateway.behave(|call| match call["method"] == "eth_getLogs" {
        true => REFUSED,
        false => Fault::None,
    });
    for account in 1..=3 {
        chain.join(account, Role::Miner, 200, endpoint(8_091)).await;
        refreshed(&metastruct).await;
        assert_eq!(*metastruct.view(), chain.fresh_read().await);
    }
    assert!(metastruct.metrics().contains("resyncs_total{reason=\"events refused\"}"));

    gateway.behave(|_| Fault::None);
    for _ in 0..100 {
        pass(60).await;
        chain.join(4, Role::Miner, 200, endpoint(8_091)).await;
        refreshed(&metastruct).await;
        if metastruct.health().mode == FollowMode::Live {
            break;
        }
    }
    assert_eq!(metastruct.health().mode, FollowMode::Live);
    chain.join(5, Role::Miner, 200, endpoint(8_091)).await;
    refreshed(&metastruct).await;
    assert_eq!(*metastruct.view(), chain.fresh_read().await);
}

#[tokio::test]
async fn what_events_did_not_tell_is_noticed_and_mended() {
    let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
    for account in [1, 2] {
        chain.join(account, Role::Miner, 300, endpoint(8_091)).await;
    }
    let gateway = Gateway::to(&chain).await;
    let metastruct = gateway.builder().await.start().await.unwrap();
    // The node omits logs.
    gateway.behave(|call| match call["method"] == "eth_getLogs" {
        true => Fault::Change(Box::new(|answer| answer["result"] = json!([]))),
        false => Fault::None,
    });
    let staker = chain.connect_as(1).await;
    staker.staking().allocate(chain.netuid, Amount::from_hetu(250)).await.unwrap();
    chain.connect_as(2).await.dendrons().deregister(chain.netuid).await.unwrap();
    metastruct.refresh().await.unwrap();
    assert_eq!(metastruct.view().len(), 2, "nobody told");
    let mut changes = metastruct.changes();
    assert_eq!(metastruct.reconcile().await.unwrap(), 2);
    assert_eq!(*metastruct.view(), chain.fresh_read().await);
    let update = changes.next().await.unwrap().unwrap();
    assert_eq!(update.cause, hetu_metastruct::UpdateCause::Reconciliation);
    let metrics = metastruct.metrics();
    assert!(metrics.contains("differences_total{netuid=\"1\",kind=\"stake\"} 1"), "{metrics}");
    assert!(
        metrics.contains("differences_total{netuid=\"1\",kind=\"deregistered\"} 1"),
        "{metrics}"
    );
    assert_eq!(metastruct.reconcile().await.unwrap(), 0);
}

#[tokio::test]
async fn a_long_absence_is_made_up_for_by_a_fresh_read() {
    let chain = Chain::busy(hetu_devnet::Devnet::builder()).await;
    let metastruct = chain.builder().await.refresh_interval(NEVER).start().await.unwrap();
    chain.join(1, Role::Miner, 300, endpoint(8_091)).await;
    chain.devnet.mine(600).await;
    metastruct.refresh().await.unwrap();
    assert_eq!(*metastruct.view(), chain.fresh_read().await);
    assert!(metastruct.metrics().contains("resyncs_total{reason=\"too far behind\"} 1"));
    chain.join(2, Role::Miner, 300, endpoint(8_092)).await;
    metastruct.refresh().await.unwrap();
    assert_eq!(*metastruct.view(), chain.fresh_read().await);
}
