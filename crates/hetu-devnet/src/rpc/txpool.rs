//! The waiting transactions.

use std::collections::BTreeMap;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, U64};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use serde::Serialize;
use serde_json::{Value, json};

use super::error::RpcResult;
use super::{RpcNode, convert};
use crate::chain::{ChainView, Transaction};

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("txpool_status", |_, node, _| {
        RpcResult::Ok(status(&PoolContent::of(&node.chain.view(), |_| ())))
    })?;
    module.register_blocking_method("txpool_content", |_, node, _| {
        RpcResult::Ok(PoolContent::of(&node.chain.view(), convert::waiting))
    })?;
    module.register_blocking_method("txpool_inspect", |_, node, _| {
        RpcResult::Ok(PoolContent::of(&node.chain.view(), summary))
    })?;
    Ok(())
}

/// Transactions by sender and nonce.
type Lanes<T> = BTreeMap<Address, BTreeMap<u64, T>>;

/// All waiting transactions.
#[derive(Clone, Debug, Serialize)]
struct PoolContent<T> {
    /// Transactions that wait for the base fee only.
    pending: Lanes<T>,
    /// Transactions behind a nonce gap.
    queued: Lanes<T>,
}

impl<T> PoolContent<T> {
    fn of(view: &ChainView, shape: impl Fn(&Transaction) -> T) -> Self {
        let mut content = Self { pending: Lanes::new(), queued: Lanes::new() };
        for (sender, lane) in view.pool.lanes() {
            let due = view.pool.next_nonce(sender, view.head().state.nonce(sender));
            for (nonce, waiting) in lane {
                let lanes = if *nonce < due { &mut content.pending } else { &mut content.queued };
                lanes.entry(*sender).or_default().insert(*nonce, shape(&waiting.transaction));
            }
        }
        content
    }
}

fn status(content: &PoolContent<()>) -> Value {
    let count = |lanes: &Lanes<()>| U64::from(lanes.values().map(BTreeMap::len).sum::<usize>());
    json!({"pending": count(&content.pending), "queued": count(&content.queued)})
}

fn summary(transaction: &Transaction) -> String {
    let to =
        transaction.to().map_or_else(|| "contract creation".to_owned(), |to| format!("{to:#x}"));
    format!(
        "{to}: {} wei + {} gas × {} wei",
        transaction.value(),
        transaction.gas_limit(),
        transaction.max_fee_per_gas(),
    )
}
