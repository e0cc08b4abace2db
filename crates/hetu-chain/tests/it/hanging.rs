//! Nodes that hang, close connections, lie about lengths or send garbage: every call ends in time,
//! with an accurate error or at another node.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hetu_chain::rpc::{BlockRef, EndpointState, RpcError, TransportOptions};
use hetu_chain::{Amount, ChainError, ChainId, Hetutensor, Network, Retryable, Wallet};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, chain};

const ATTEMPT: Duration = Duration::from_millis(500);
const CALL: Duration = Duration::from_secs(2);
/// The delay that a busy machine may add to a deadline.
const GRACE: Duration = Duration::from_secs(3);

fn impatient() -> TransportOptions {
    TransportOptions::default().attempt_limit(ATTEMPT).call_limit(CALL)
}

fn at(chain: &Chain, nodes: &[&FaultyNode]) -> Network {
    let mut network = chain.network.clone();
    network.endpoints = nodes.iter().map(|node| node.url()).collect();
    network
}

async fn healthy(chain: &Chain) -> FaultyNode {
    FaultyNode::before(&chain.node, |_| Fault::None).await
}

async fn connect(chain: &Chain, nodes: &[&FaultyNode]) -> Hetutensor {
    connect_with(chain, nodes, &impatient()).await
}

/// Connects to nodes of which one is healthy. A busy machine may exceed the short limits of these
/// tests, so it retries.
async fn connect_with(
    chain: &Chain,
    nodes: &[&FaultyNode],
    options: &TransportOptions,
) -> Hetutensor {
    for _ in 0..20 {
        match Hetutensor::connect_with(at(chain, nodes), options).await {
            Ok(hetu) => return hetu,
            Err(error) => assert!(error.retryability().is_retryable(), "{error}"),
        }
    }
    panic!("no connection in 20 attempts");
}

/// Returns the error of a read at a node that was healthy until this fault.
async fn failed_read(fault: impl Fn(&Value) -> Fault + Send + Sync + 'static) -> RpcError {
    let chain = chain().await;
    let node = healthy(&chain).await;
    let options = impatient().answer_bytes(100_000);
    let hetu = connect_with(&chain, &[&node], &options).await;
    node.behave(fault);
    let started = Instant::now();
    let error = hetu.subnets().count().await.unwrap_err();
    assert!(started.elapsed() < CALL + GRACE, "took {:?}", started.elapsed());
    let ChainError::Rpc(error) = error else { panic!("{error}") };
    error
}

#[tokio::test]
async fn a_node_that_accepts_and_never_answers_ends_connecting_in_time() {
    let chain = chain().await;
    let node = FaultyNode::before(&chain.node, |_| Fault::Silence).await;
    let started = Instant::now();
    let error = Hetutensor::connect_with(at(&chain, &[&node]), &impatient()).await.unwrap_err();
    assert!(started.elapsed() < CALL + GRACE, "took {:?}", started.elapsed());
    assert!(matches!(error, ChainError::Rpc(RpcError::TimedOut { .. })), "{error}");
    assert!(error.retryability().is_retryable());
}

#[tokio::test]
async fn a_node_that_stops_answering_is_a_timeout() {
    let error = failed_read(|_| Fault::Silence).await;
    assert!(matches!(error, RpcError::TimedOut { method: "eth_call", .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_drips_is_a_timeout_however_often_it_moves() {
    let error = failed_read(|_| Fault::Drip).await;
    assert!(matches!(error, RpcError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    let error = failed_read(|_| Fault::body(vec![b' '; 200_000])).await;
    assert!(matches!(error, RpcError::TooLarge { limit: 100_000, .. }), "{error}");
    assert!(!error.retryability().is_retryable());
}

#[tokio::test]
async fn garbage_is_malformed() {
    for garbage in ["", "<html>", "{}", "[]", "null", "{\"jsonrpc\":\"2.0\",\"id\":0}", "\u{fffd}"]
    {
        let error = failed_read(move |_| Fault::body(garbage)).await;
        assert!(matches!(error, RpcError::Malformed { .. }), "{garbage}: {error}");
    }
}

#[tokio::test]
async fn an_answer_to_another_call_is_malformed() {
    let answer = json!({ "jsonrpc": "2.0", "id": 4_000_000, "result": "0x" }).to_string();
    let error = failed_read(move |_| Fault::body(answer.clone())).await;
    assert!(matches!(error, RpcError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_retryable() {
    for fault in [|| Fault::Close { after_delivery: false }, || Fault::Truncate] {
        let error = failed_read(move |_| fault()).await;
        assert!(matches!(error, RpcError::Unreachable { .. }), "{error}");
        assert!(error.retryability().is_retryable());
    }
}

/// Verifies S16: a read is sent again and answered after its connection breaks, and the node counts
/// as healthy again.
#[tokio::test]
async fn a_read_that_was_broken_off_is_sent_once_more() {
    let chain = chain().await;
    let node = healthy(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    for after_delivery in [false, true] {
        let (before, broke) = (node.requests(), AtomicBool::new(false));
        node.behave(move |_| match broke.swap(true, Ordering::Relaxed) {
            false => Fault::Close { after_delivery },
            true => Fault::None,
        });
        hetu.subnets().count().await.unwrap();
        assert_eq!(node.requests() - before, 2);
        assert_eq!(hetu.endpoints()[0].state, EndpointState::Healthy);
    }
}

#[tokio::test]
async fn statuses_that_are_no_success_are_told() {
    let error = failed_read(|_| Fault::status("401 Unauthorized", "")).await;
    assert!(matches!(error, RpcError::Rejected { status: 401, .. }), "{error}");
    assert!(!error.retryability().is_retryable());
    let error = failed_read(|_| Fault::status("502 Bad Gateway", "")).await;
    assert!(matches!(error, RpcError::Rejected { status: 502, .. }), "{error}");
    assert!(error.retryability().is_retryable());
}

/// Verifies S16: a refusal by policy is not retried, since another call has the same result.
#[tokio::test]
async fn a_refusal_by_policy_is_never_repeated() {
    let chain = chain().await;
    let node = healthy(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    for calls in 1..=3 {
        let before = node.requests();
        node.behave(|_| Fault::status("403 Forbidden", "retry-after: 0\r\n"));
        let error = hetu.subnets().count().await.unwrap_err();
        let ChainError::Rpc(error) = &error else { panic!("{error}") };
        assert!(matches!(error, RpcError::Rejected { status: 403, .. }), "{error}");
        assert!(!error.retryability().is_retryable());
        assert_eq!(node.requests() - before, 1, "call {calls}");
        node.behave(|_| Fault::None);
        hetu.subnets().count().await.unwrap();
    }
}

#[tokio::test]
async fn a_limited_rate_is_told_with_the_time_to_come_back() {
    let error =
        failed_read(|_| Fault::status("429 Too Many Requests", "retry-after: 3600\r\n")).await;
    let RpcError::RateLimited { retry_after, .. } = error else { panic!("{error}") };
    assert_eq!(retry_after, Some(Duration::from_secs(3_600)));
    let error = failed_read(|request| Fault::error(request, -32_005, "rate limit exceeded")).await;
    assert!(matches!(error, RpcError::RateLimited { .. }), "{error}");
}

/// Verifies S16: while one node is silent, the next one takes over.
#[tokio::test]
async fn reads_go_elsewhere_while_a_node_hangs_and_come_back_when_it_is_well() {
    let chain = chain().await;
    let (first, second) = (healthy(&chain).await, healthy(&chain).await);
    let hetu = connect(&chain, &[&first, &second]).await;

    first.behave(|_| Fault::Silence);
    hetu.subnets().count().await.unwrap();
    let state = hetu.endpoints()[0].state;
    assert!(matches!(state, EndpointState::SetAside { .. } | EndpointState::Probing), "{state:?}");
    let served = second.requests();
    let started = Instant::now();
    hetu.subnets().count().await.unwrap();
    assert!(started.elapsed() < ATTEMPT, "no read waits for the one that hangs");
    assert!(second.requests() > served);

    first.behave(|_| Fault::None);
    let deadline = Instant::now() + Duration::from_secs(20);
    while hetu.endpoints()[0].state != EndpointState::Healthy {
        assert!(Instant::now() < deadline, "{:?}", hetu.endpoints());
        hetu.subnets().count().await.unwrap();
    }
    let served = first.count("eth_call");
    hetu.subnets().count().await.unwrap();
    assert_eq!(first.count("eth_call"), served + 1);
}

#[tokio::test]
async fn one_call_at_a_time_probes_a_node_that_was_set_aside() {
    let chain = chain().await;
    let (first, second) = (healthy(&chain).await, healthy(&chain).await);
    let hetu = connect(&chain, &[&first, &second]).await;
    first.behave(|_| Fault::Silence);
    hetu.subnets().count().await.unwrap();
    let (calls, probes) = (first.count("eth_call"), first.count("eth_chainId"));

    let deadline = Instant::now() + Duration::from_secs(20);
    while first.count("eth_chainId") == probes {
        assert!(Instant::now() < deadline, "never probed");
        hetu.subnets().count().await.unwrap();
    }
    let reads = (0..50).map(|_| {
        let hetu = hetu.clone();
        tokio::spawn(async move { hetu.subnets().count().await })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap().unwrap();
    }
    assert_eq!(first.count("eth_call"), calls, "no traffic before it is well");
    assert_eq!(first.count("eth_chainId"), probes + 1);
}

#[tokio::test]
async fn an_outage_does_not_multiply_the_calls() {
    let chain = chain().await;
    let node = healthy(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    let before = node.requests();
    node.behave(|_| Fault::status("503 Service Unavailable", ""));
    let reads = (0..200).map(|_| {
        let hetu = hetu.clone();
        tokio::spawn(async move { hetu.subnets().count().await })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap().unwrap_err();
    }
    // The limit of retries is a fifth of the calls, and two a second in any case.
    let most = 200 + 40 + 2 * 10 + 5;
    let sent = node.requests() - before;
    assert!(sent <= most, "{sent} requests for 200 calls");
}

/// Verifies S16: a transaction is never sent again automatically.
#[tokio::test]
async fn a_transaction_is_sent_once_even_if_the_connection_breaks() {
    let chain = chain().await;
    let (first, second) = (healthy(&chain).await, healthy(&chain).await);
    let hetu = connect(&chain, &[&first, &second]).await.with_wallet(chain.wallet(2));
    let breaks = |request: &Value| match is_call_of(request, "eth_sendRawTransaction") {
        true => Fault::Close { after_delivery: true },
        false => Fault::None,
    };
    first.behave(breaks);
    let friend = Wallet::random().address();
    let _ = hetu.tokens().transfer(friend, Amount::from_wei(7)).await;
    let sent = first.count("eth_sendRawTransaction") + second.count("eth_sendRawTransaction");
    assert_eq!(sent, 1);
    assert_eq!(hetu.tokens().balance(friend).await.unwrap(), Amount::from_wei(7));
}

#[tokio::test]
async fn a_node_of_another_chain_never_stands_in() {
    let chain = chain().await;
    let other = hetu_devnet::Devnet::builder().chain_id(ChainId::new(5)).start().await.unwrap();
    let (first, stranger) =
        (healthy(&chain).await, FaultyNode::before(&other, |_| Fault::None).await);
    let hetu = connect(&chain, &[&first, &stranger]).await;
    first.behave(|_| Fault::Silence);
    let error = hetu.subnets().count().await.unwrap_err();
    assert!(matches!(error, ChainError::Rpc(_)), "{error}");
    assert_eq!(stranger.count("eth_call"), 0);
    assert!(matches!(
        hetu.endpoints()[1].last_failure,
        Some(RpcError::OtherChain { actual, .. }) if actual == ChainId::new(5)
    ));
}

#[tokio::test]
async fn a_block_that_one_node_does_not_know_yet_is_read_from_another() {
    let chain = chain().await;
    let behind = hetu_devnet::Devnet::builder().start().await.unwrap();
    let lagging = FaultyNode::before(&behind, |_| Fault::None).await;
    let ahead = healthy(&chain).await;
    let netuid = chain.active_subnet().await;
    let head = chain.connect().await.block().await.unwrap();

    let hetu = connect(&chain, &[&lagging, &ahead]).await.at(BlockRef::Hash(head.id.hash));
    assert_eq!(hetu.block().await.unwrap(), head);
    assert!(hetu.subnets().exists(netuid).await.unwrap());
    assert_eq!(hetu.endpoints()[0].state, EndpointState::Healthy, "to lag is no failure");

    let alone = connect(&chain, &[&lagging]).await.at(BlockRef::Hash(head.id.hash));
    let error = alone.block().await.unwrap_err();
    assert!(matches!(error, ChainError::Rpc(RpcError::UnknownBlock { .. })), "{error}");
}

#[tokio::test]
async fn batches_become_smaller_until_the_node_takes_them() {
    let chain = chain().await;
    let refuses = |most: usize| {
        move |request: &Value| match request.as_array().map(Vec::len) {
            Some(length) if length > most => Fault::error(&Value::Null, -32_600, "batch too large"),
            _ => Fault::None,
        }
    };
    for most in [30, 1, 0] {
        let node = FaultyNode::before(&chain.node, refuses(most)).await;
        let hetu = connect(&chain, &[&node]).await;
        let accounts: Vec<_> = (0..60).map(|_| Wallet::random().address()).collect();
        let netuid = hetu_chain::NetUid::new(1);
        let judge = accounts[0];
        let weights = hetu.weights().get(netuid, judge, &accounts).await.unwrap();
        assert_eq!(weights.len(), 60);
        assert_eq!(hetu.endpoints()[0].state, EndpointState::Healthy);
        let requests = node.requests();
        hetu.weights().get(netuid, judge, &accounts).await.unwrap();
        let refused = 60_usize.div_ceil(most.clamp(1, 30));
        assert!(node.requests() - requests <= refused, "what it takes is remembered");
    }
}

#[tokio::test]
async fn answers_that_are_missing_from_a_batch_are_malformed() {
    let chain = chain().await;
    let node = healthy(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    let accounts = [Wallet::random().address(), Wallet::random().address()];
    let drops_one: fn(&mut Vec<Value>) = |answers| drop(answers.pop());
    let repeats_one: fn(&mut Vec<Value>) = |answers| answers[1] = answers[0].clone();
    for change in [drops_one, repeats_one] {
        node.behave(move |request| match request {
            Value::Array(_) => {
                Fault::Change(Box::new(move |answers| change(answers.as_array_mut().unwrap())))
            }
            _ => Fault::body("[]"),
        });
        let error = hetu.weights().get(1.into(), accounts[0], &accounts).await.unwrap_err();
        assert!(matches!(error, ChainError::Rpc(RpcError::Malformed { .. })), "{error}");
    }
}

#[tokio::test]
async fn a_credential_goes_to_its_own_endpoint_only() {
    let chain = chain().await;
    let (first, second) = (healthy(&chain).await, healthy(&chain).await);
    let options = impatient().header(&first.url(), "Authorization", "Bearer key").unwrap();
    assert!(!format!("{options:?}").contains("key"), "{options:?}");
    let network = at(&chain, &[&first, &second]);
    let hetu = Hetutensor::connect_with(network, &options).await.unwrap();
    assert!(first.requests() > 0);
    assert_eq!(first.requests_with("authorization: bearer key"), first.requests());
    first.behave(|_| Fault::Silence);
    hetu.subnets().count().await.unwrap();
    assert!(second.requests() > 0);
    assert_eq!(second.requests_with("authorization"), 0);
    assert!(impatient().header(&first.url(), "a b", "value").is_err());
    assert!(impatient().header(&first.url(), "name", "line\nbreak").is_err());
}

#[tokio::test]
async fn a_network_needs_an_endpoint_that_can_be_called() {
    let mut network = chain().await.network;
    network.endpoints = vec!["ws://127.0.0.1:1".parse().unwrap()];
    let error = Hetutensor::connect(network).await.unwrap_err();
    assert!(matches!(error, ChainError::Rpc(RpcError::NoEndpoint)), "{error}");
}
