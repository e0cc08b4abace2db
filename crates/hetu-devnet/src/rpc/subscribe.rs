//! `eth_subscribe`.
//!
//! A subscriber compares the chain with what it saw last and sends the difference. So a slow one
//! loses nothing, nothing is queued for it, and what a revert took away is told as well.

use std::sync::Arc;

use alloy_rpc_types_eth::pubsub::SubscriptionKind;
use alloy_rpc_types_eth::{Filter, Log};
use jsonrpsee::core::{RegisterMethodError, SubscriptionResult};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use jsonrpsee::{PendingSubscriptionSink, RpcModule, SubscriptionSink};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::error::{RpcResult, invalid_params};
use super::{Node, convert};
use crate::chain::{View, matching};

pub(crate) fn register(module: &mut RpcModule<Node>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "eth_subscribe",
        "eth_subscription",
        "eth_unsubscribe",
        |params, pending, node, _| subscribe(params, pending, node),
    )?;
    Ok(())
}

/// What a subscriber wants to hear of.
#[derive(Debug)]
enum Topic {
    Heads,
    Logs(Box<Filter>),
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    node: Arc<Node>,
) -> SubscriptionResult {
    let topic = match topic(&params) {
        Ok(topic) => topic,
        Err(error) => {
            pending.reject(error).await;
            return Ok(());
        }
    };
    // Taken before the client learns that it is subscribed, so it misses nothing after that.
    let mut changes = node.chain.changes();
    let mut seen = node.chain.view();
    let sink = pending.accept().await?;
    loop {
        tokio::select! {
            () = sink.closed() => return Ok(()),
            changed = changes.changed() => changed?,
        }
        let now = node.chain.view();
        match &topic {
            Topic::Heads => send_heads(&sink, &seen, &now).await?,
            Topic::Logs(filter) => send_logs(&sink, &seen, &now, filter).await?,
        }
        seen = now;
    }
}

fn topic(params: &Params<'_>) -> RpcResult<Topic> {
    let mut params = params.sequence();
    let kind: SubscriptionKind = params.next()?;
    match kind {
        SubscriptionKind::NewHeads => Ok(Topic::Heads),
        SubscriptionKind::Logs => {
            let filter: Option<Filter> = params.optional_next()?;
            Ok(Topic::Logs(Box::new(filter.unwrap_or_default())))
        }
        _ => Err(unsupported()),
    }
}

fn unsupported() -> ErrorObjectOwned {
    invalid_params("this subscription is not supported: use newHeads or logs")
}

async fn send_heads(sink: &SubscriptionSink, seen: &View, now: &View) -> SubscriptionResult {
    for block in now.since(seen).added {
        send(sink, &convert::header(&block)).await?;
    }
    Ok(())
}

async fn send_logs(
    sink: &SubscriptionSink,
    seen: &View,
    now: &View,
    filter: &Filter,
) -> SubscriptionResult {
    let difference = now.since(seen);
    for block in difference.removed {
        let logs: Vec<Log> = matching(&block, filter).collect();
        for log in logs.into_iter().rev() {
            let removed = Log { removed: true, ..log };
            send(sink, &removed).await?;
        }
    }
    for block in difference.added {
        let logs: Vec<Log> = matching(&block, filter).collect();
        for log in logs {
            send(sink, &log).await?;
        }
    }
    Ok(())
}

async fn send(sink: &SubscriptionSink, message: &impl Serialize) -> SubscriptionResult {
    sink.send(to_raw_value(message)?).await?;
    Ok(())
}
