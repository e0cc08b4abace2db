//! Ranges of logs that exceed a limit of the node or its time limit.

use std::time::Duration;

use hetu_chain::events::EventError;
use hetu_chain::rpc::{RpcError, TransportOptions};
use hetu_chain::{ChainError, Hetutensor};
use serde_json::Value;
use tokio::time::Instant;

use super::{at, error, error_in, plain, wei};
use crate::dialect_node::{Envelope, blocks_of};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, devnet_chain};

/// The maximum number of blocks for which the node returns logs.
const MOST: u64 = 70;
const EVENTS: usize = 3;

/// Returns a chain with a few distant events.
async fn long_chain() -> Chain {
    let chain = devnet_chain().await;
    let staker = chain.connect_as(2).await;
    for _ in 0..EVENTS {
        staker.staking().add(wei(1)).await.unwrap();
        chain.node.mine(200).await;
    }
    chain
}

fn is_wide(request: &Value, most: u64) -> bool {
    is_call_of(request, "eth_getLogs") && blocks_of(&request["params"][0]) > most
}

async fn staking_events(hetu: &Hetutensor) -> Result<usize, EventError> {
    let events = hetu.events().group(hetu_chain::model::EventGroup::Staking);
    let mut past = events.past(0..=u64::MAX).await?;
    let mut count = 0;
    while past.next().await?.is_some() {
        count += 1;
    }
    Ok(count)
}

#[tokio::test]
async fn log_range_refused_in_any_words_is_halved() {
    let chain = long_chain().await;
    let expected = staking_events(&chain.connect().await).await.unwrap();
    assert!(expected >= EVENTS);
    for (status, code, message) in [
        ("200 OK", -32_000, "range 1000 exceeds limit of 500"),
        ("200 OK", 35, "ranges over 500 blocks are not supported on freetier"),
        ("200 OK", -32_602, "query exceeds max results 20000"),
        ("200 OK", -32_005, "query timeout exceeded"),
        ("200 OK", -32_005, "limit exceeded"),
        ("200 OK", -32_603, "query timeout of 10 seconds exceeded"),
        ("400 Bad Request", -32_600, "block range is too large"),
        ("413 Content Too Large", -32_000, "response size exceeded"),
        ("503 Service Unavailable", 0, "words that no list has"),
    ] {
        let node = FaultyNode::before(&chain.node, move |request| match is_wide(request, MOST) {
            true => error_in(request, Envelope::Plain, status, error(code, message)),
            false => Fault::None,
        })
        .await;
        let hetu = Hetutensor::connect(at(&chain, &[&node])).await.unwrap();
        assert_eq!(staking_events(&hetu).await.unwrap(), expected, "{status} {message}");
    }
    for status in ["400 Bad Request", "413 Content Too Large", "500 Error", "504 Gateway Timeout"] {
        let node = FaultyNode::before(&chain.node, move |request| match is_wide(request, MOST) {
            true => Fault::status(status, ""),
            false => Fault::None,
        })
        .await;
        let hetu = Hetutensor::connect(at(&chain, &[&node])).await.unwrap();
        assert_eq!(staking_events(&hetu).await.unwrap(), expected, "{status}");
    }
}

#[tokio::test]
async fn log_range_of_one_block_that_is_refused_is_an_error() {
    let chain = long_chain().await;
    let node = FaultyNode::before(&chain.node, |request| match is_wide(request, 0) {
        true => error_in(request, Envelope::Plain, "200 OK", error(-32_000, "no logs here")),
        false => Fault::None,
    })
    .await;
    let hetu = Hetutensor::connect(at(&chain, &[&node])).await.unwrap();
    let refused = staking_events(&hetu).await.unwrap_err();
    assert!(refused.to_string().contains("no logs here"), "{refused}");
    assert!(node.count("eth_getLogs") < 20, "{}", node.count("eth_getLogs"));
}

#[tokio::test]
async fn log_range_is_not_halved_for_rate_credential_or_connection() {
    let chain = long_chain().await;
    for (status, code, message) in [
        ("429 Too Many Requests", 0, ""),
        ("200 OK", -32_005, "daily request count exceeded, request rate limited"),
        ("401 Unauthorized", -32_000, "invalid project id"),
        ("401 Unauthorized", 0, ""),
        ("502 Bad Gateway", 0, ""),
    ] {
        let node = plain(&chain).await;
        let hetu = Hetutensor::connect(at(&chain, &[&node])).await.unwrap();
        node.behave(move |request| match (is_wide(request, 0), message) {
            (false, _) => Fault::None,
            (true, "") => Fault::status(status, ""),
            (true, message) => error_in(request, Envelope::Plain, status, error(code, message)),
        });
        let failed = staking_events(&hetu).await.unwrap_err();
        assert!(matches!(failed, EventError::Chain(ChainError::Rpc(_))), "{failed}");
        assert_eq!(node.count("eth_getLogs"), 1, "{status} {message}");
    }
}

#[tokio::test]
async fn log_range_slow_is_halved_within_same_call() {
    let chain = long_chain().await;
    let expected = staking_events(&chain.connect().await).await.unwrap();
    let node = FaultyNode::before(&chain.node, |request| match is_wide(request, 400) {
        true => Fault::Silence,
        false => Fault::None,
    })
    .await;
    let options = TransportOptions::default().attempt_limit(Duration::from_secs(1));
    let hetu = Hetutensor::connect_with(at(&chain, &[&node]), &options).await.unwrap();
    let started = Instant::now();
    assert_eq!(staking_events(&hetu).await.unwrap(), expected);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn log_range_at_node_that_went_silent_fails_in_time() {
    let chain = long_chain().await;
    let node = plain(&chain).await;
    let limit = Duration::from_secs(1);
    let options = TransportOptions::default().attempt_limit(limit).call_limit(limit * 4);
    let hetu = Hetutensor::connect_with(at(&chain, &[&node]), &options).await.unwrap();
    let events = hetu.events().group(hetu_chain::model::EventGroup::Staking);
    let mut past = events.past(0..=u64::MAX).await.unwrap();
    let has_asked = std::sync::atomic::AtomicBool::new(false);
    node.behave(move |request| {
        let asks = has_asked.load(std::sync::atomic::Ordering::Relaxed);
        if asks || is_wide(request, 0) {
            has_asked.store(true, std::sync::atomic::Ordering::Relaxed);
            return Fault::Silence;
        }
        Fault::None
    });
    let failed = past.next().await.unwrap_err();
    let is_timeout =
        matches!(failed, EventError::Chain(ChainError::Rpc(RpcError::TimedOut { .. })));
    assert!(is_timeout, "{failed}");
    assert_eq!(node.count("eth_getLogs"), 1);
}
