//! Envelopes of answers, and errors with any HTTP status.

use std::time::Duration;

use hetu_chain::rpc::RpcError;
use hetu_chain::{ChainError, NetUid, Retryable};
use serde_json::{Value, json};

use super::{connect, error, error_in, friend, plain, wei, wrapped};
use crate::dialect_node::{ENVELOPES, Envelope, STATUSES};
use crate::faulty_node::{Fault, FaultyNode};
use crate::setup::{Chain, devnet_chain};

/// Verifies reads, batches, refusals and a transaction at a node that wraps all answers.
async fn works_in(chain: &Chain, envelope: Envelope) {
    let node = FaultyNode::before(&chain.node, move |request| wrapped(request, envelope)).await;
    let hetu = connect(chain, &[&node]).await.with_wallet(chain.wallet(2));
    assert_eq!(hetu.subnets().count().await.unwrap(), 0, "{envelope:?}");
    let accounts = [friend(), friend()];
    let weights = hetu.weights().get(NetUid::new(1), accounts[0], &accounts).await.unwrap();
    assert_eq!(weights.len(), 2, "{envelope:?}");
    let refused = hetu.staking().remove(wei(5)).dry_run().await.unwrap_err();
    assert!(refused.is_revert("INSUFFICIENT_STAKE"), "{envelope:?}: {refused}");
    let to = friend();
    hetu.tokens().transfer(to, wei(5)).await.unwrap();
    assert_eq!(hetu.tokens().balance(to).await.unwrap(), wei(5), "{envelope:?}");
}

#[tokio::test]
async fn envelope_null_error_result_counts() {
    let chain = devnet_chain().await;
    works_in(&chain, Envelope::Null).await;
}

#[tokio::test]
async fn envelope_null_result_error_counts() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    for blank in [json!(null), json!(""), json!("0x"), json!({}), json!([]), json!(false)] {
        let result = blank.clone();
        node.behave(move |request| {
            let error = error(3, "execution reverted: NO");
            let answer = json!({ "id": request["id"], "result": result, "error": error });
            Fault::body(answer.to_string())
        });
        let refused = hetu.subnets().count().await.unwrap_err();
        assert!(refused.is_revert("NO"), "{blank}: {refused}");
    }
}

#[tokio::test]
async fn envelope_result_beside_error_is_malformed() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    node.behave(|request| {
        let error = error(-32_000, "no");
        Fault::body(json!({ "id": request["id"], "result": "0x1", "error": error }).to_string())
    });
    let refused = hetu.subnets().count().await.unwrap_err();
    assert!(matches!(refused, ChainError::Rpc(RpcError::Malformed { .. })), "{refused}");
}

#[tokio::test]
async fn envelope_more_members_are_ignored() {
    let chain = devnet_chain().await;
    works_in(&chain, Envelope::MoreMembers).await;
}

#[tokio::test]
async fn envelope_variants_lead_to_same_outcomes() {
    let chain = devnet_chain().await;
    for envelope in ENVELOPES {
        works_in(&chain, envelope).await;
    }
}

#[tokio::test]
async fn error_in_http_status_is_read_as_if_it_were_200() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    for status in STATUSES.into_iter().chain(["401 Unauthorized", "429 Too Many Requests"]) {
        for envelope in ENVELOPES {
            node.behave(move |request| {
                error_in(request, envelope, status, error(3, "execution reverted: NO"))
            });
            let refused = hetu.subnets().count().await.unwrap_err();
            assert!(refused.is_revert("NO"), "{status} {envelope:?}: {refused}");
        }
    }
}

#[tokio::test]
async fn error_in_http_status_without_json_rpc_is_judged_by_status() {
    let chain = devnet_chain().await;
    for body in ["", "<html>", "{}", "null", "{\"message\":\"Forbidden\"}", "{\"id\":1}"] {
        for (line, code) in [("400 Bad Request", 400), ("403 Forbidden", 403), ("404 Gone", 404)] {
            let node = plain(&chain).await;
            let hetu = connect(&chain, &[&node]).await;
            node.behave(move |_| Fault::Answer {
                status: line,
                headers: String::new(),
                body: body.into(),
            });
            let refused = hetu.subnets().count().await.unwrap_err();
            let ChainError::Rpc(RpcError::Rejected { status, .. }) = refused else {
                panic!("{line} {body}: {refused}");
            };
            assert_eq!(status, code, "{body}");
        }
    }
}

#[tokio::test]
async fn error_in_http_status_of_limited_rate_keeps_time_to_come_back() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    node.behave(|request| {
        let error = error(-32_000, "slow down");
        let body = json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }).to_string();
        let headers = "retry-after: 3600\r\n".to_owned();
        Fault::Answer { status: "429 Too Many Requests", headers, body: body.into() }
    });
    let refused = hetu.subnets().count().await.unwrap_err();
    let ChainError::Rpc(RpcError::RateLimited { retry_after, .. }) = refused else {
        panic!("{refused}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(3_600)));
}

#[tokio::test]
async fn error_in_http_status_of_gateway_is_repeated_and_retryable() {
    let chain = devnet_chain().await;
    let node = plain(&chain).await;
    let hetu = connect(&chain, &[&node]).await;
    let busy = |request: &Value| {
        let error = error(-32_000, "no node is in service");
        error_in(request, Envelope::Plain, "503 Service Unavailable", error)
    };
    node.behave(busy);
    let refused = hetu.subnets().count().await.unwrap_err();
    assert!(refused.to_string().contains("no node is in service"), "{refused}");
    assert!(refused.retryability().is_retryable());
    assert!(node.count("eth_call") > 1);
    let first = std::sync::atomic::AtomicBool::new(true);
    node.behave(move |request| {
        let is_first = first.swap(false, std::sync::atomic::Ordering::Relaxed);
        if is_first { busy(request) } else { Fault::None }
    });
    assert_eq!(hetu.subnets().count().await.unwrap(), 0);
}

#[tokio::test]
async fn batch_refused_in_any_words_is_read_by_single_calls() {
    let chain = devnet_chain().await;
    let accounts: Vec<_> = (0..8).map(|_| friend()).collect();
    for (status, body) in [
        ("200 OK", "{\"id\":null,\"error\":\"batches are not enabled\"}"),
        ("403 Forbidden", "{\"id\":null,\"error\":{\"code\":-32600,\"message\":\"no\"}}"),
        ("500 Internal Server Error", "[{\"id\":null,\"error\":{\"code\":-32603}}]"),
        ("400 Bad Request", "<html>"),
        ("200 OK", "[{\"result\":\"0x1\"}]"),
    ] {
        let node = FaultyNode::before(&chain.node, move |request| match request {
            Value::Array(_) => Fault::Answer { status, headers: String::new(), body: body.into() },
            _ => Fault::None,
        })
        .await;
        let hetu = connect(&chain, &[&node]).await;
        let weights = hetu.weights().get(NetUid::new(1), accounts[0], &accounts).await.unwrap();
        assert_eq!(weights.len(), 8, "{status} {body}");
    }
}
