//! `eth_subscribe`.
//!
//! A subscription compares the chain with the last view that it sent, and sends the difference. So
//! a slow subscriber misses no block, no queue is needed for it, and it also receives the logs that
//! a revert removed. Waiting transactions come and go too fast for a comparison: a very slow
//! subscriber misses the oldest of them.

use std::sync::Arc;

use alloy_rpc_types_eth::pubsub::SubscriptionKind;
use alloy_rpc_types_eth::{Filter, Log};
use jsonrpsee::core::{RegisterMethodError, SubscriptionResult};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use jsonrpsee::{PendingSubscriptionSink, RpcModule, SubscriptionSink};
use serde::Serialize;
use serde_json::value::to_raw_value;
use tokio::sync::broadcast::error::RecvError;

use super::error::{RpcResult, invalid_params};
use super::{RpcNode, convert, logs};
use crate::chain::{Chain, ChainView, WaitingTransaction};

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "eth_subscribe",
        "eth_subscription",
        "eth_unsubscribe",
        |params, pending, node, _| subscribe(params, pending, node),
    )?;
    Ok(())
}

/// The topic of a subscription.
#[derive(Debug)]
enum SubscriptionTopic {
    Heads,
    Logs(Box<Filter>),
    /// Waiting transactions, in full or by hash only.
    Transactions {
        full: bool,
    },
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    node: Arc<RpcNode>,
) -> SubscriptionResult {
    match topic(&params) {
        Ok(SubscriptionTopic::Transactions { full }) => {
            follow_pool(pending, &node.chain, full).await
        }
        Ok(topic) => follow_chain(pending, &node.chain, &topic).await,
        Err(error) => {
            pending.reject(error).await;
            Ok(())
        }
    }
}

fn topic(params: &Params<'_>) -> RpcResult<SubscriptionTopic> {
    let mut params = params.sequence();
    let kind: SubscriptionKind = params.next().map_err(|_| unsupported())?;
    match kind {
        SubscriptionKind::NewHeads => Ok(SubscriptionTopic::Heads),
        SubscriptionKind::Logs => {
            let filter: Filter = params.optional_next()?.unwrap_or_default();
            logs::check_range(&filter)?;
            Ok(SubscriptionTopic::Logs(Box::new(filter)))
        }
        SubscriptionKind::NewPendingTransactions => {
            Ok(SubscriptionTopic::Transactions { full: params.optional_next()?.unwrap_or(false) })
        }
        _ => Err(unsupported()),
    }
}

fn unsupported() -> ErrorObjectOwned {
    invalid_params(
        "this subscription is not supported: use newHeads, logs or newPendingTransactions",
    )
}

async fn follow_chain(
    pending: PendingSubscriptionSink,
    chain: &Chain,
    topic: &SubscriptionTopic,
) -> SubscriptionResult {
    // Taken before the client receives the subscription id, so that it misses no later change.
    let mut changes = chain.changes();
    let mut seen = chain.view();
    let sink = pending.accept().await?;
    loop {
        tokio::select! {
            () = sink.closed() => return Ok(()),
            changed = changes.changed() => changed?,
        }
        let now = chain.view();
        match topic {
            SubscriptionTopic::Heads => send_heads(&sink, &seen, &now).await?,
            SubscriptionTopic::Logs(filter) => send_logs(&sink, &seen, &now, filter).await?,
            SubscriptionTopic::Transactions { .. } => {}
        }
        seen = now;
    }
}

async fn send_heads(
    sink: &SubscriptionSink,
    seen: &ChainView,
    now: &ChainView,
) -> SubscriptionResult {
    for block in now.since(seen).added {
        send(sink, &convert::header(&block)).await?;
    }
    Ok(())
}

async fn send_logs(
    sink: &SubscriptionSink,
    seen: &ChainView,
    now: &ChainView,
    filter: &Filter,
) -> SubscriptionResult {
    let difference = now.since(seen);
    for block in difference.removed {
        send_each(sink, &logs::removed(&block, filter)).await?;
    }
    for block in difference.added {
        send_each(sink, &logs::added(&block, filter)).await?;
    }
    Ok(())
}

async fn send_each(sink: &SubscriptionSink, logs: &[Log]) -> SubscriptionResult {
    for log in logs {
        send(sink, log).await?;
    }
    Ok(())
}

async fn follow_pool(
    pending: PendingSubscriptionSink,
    chain: &Chain,
    full: bool,
) -> SubscriptionResult {
    let mut arrivals = chain.arrivals();
    let sink = pending.accept().await?;
    loop {
        let arrived = tokio::select! {
            () = sink.closed() => return Ok(()),
            arrived = arrivals.recv() => arrived,
        };
        match arrived {
            Ok(waiting) => send_transaction(&sink, &waiting, full).await?,
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "a subscriber is too slow for the transactions");
            }
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}

async fn send_transaction(
    sink: &SubscriptionSink,
    waiting: &WaitingTransaction,
    full: bool,
) -> SubscriptionResult {
    if full {
        return send(sink, &convert::waiting(&waiting.transaction)).await;
    }
    send(sink, waiting.transaction.tx_hash()).await
}

async fn send(sink: &SubscriptionSink, message: &impl Serialize) -> SubscriptionResult {
    sink.send(to_raw_value(message)?).await?;
    Ok(())
}
