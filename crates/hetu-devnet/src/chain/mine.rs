//! Selection of waiting transactions for a block.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use alloy_consensus::{Header, Transaction as _};
use alloy_primitives::Address;

use super::assembly::BlockAssembly;
use super::block::{Block, Transaction};
use super::invalid::TransactionRefusal;
use super::pool::WaitingTransaction;
use super::view::ChainView;

/// A block that is not yet part of the chain.
#[derive(Debug)]
pub(crate) struct BlockCandidate {
    pub(crate) block: Block,
    /// Senders and nonces of transactions that can never run, because their funds are gone.
    pub(crate) dropped: Vec<(Address, u64)>,
}

/// Builds the block after the head of `view` from at most `limit` waiting transactions. The highest
/// tip comes first; transactions with equal tips run in order of arrival.
pub(crate) fn build(
    view: &ChainView,
    chain_id: u64,
    timestamp: u64,
    limit: usize,
) -> BlockCandidate {
    let parent = view.head();
    let header = parent.child_header(timestamp);
    let base_fee = parent.next_base_fee();
    let mut assembly = BlockAssembly::new(view, chain_id, header);
    let mut dropped = Vec::new();
    let mut queue: BinaryHeap<QueuedTransaction> = view
        .pool
        .senders()
        .filter_map(|sender| {
            QueuedTransaction::of(view.pool.at(sender, parent.state.nonce(sender))?, base_fee)
        })
        .collect();
    while assembly.len() < limit
        && let Some(turn) = queue.pop()
    {
        let transaction = &turn.waiting.transaction;
        if transaction.gas_limit() > assembly.gas_left() {
            continue;
        }
        let (sender, nonce) = (transaction.signer(), transaction.nonce());
        if let Err(reason) = assembly.append(transaction) {
            tracing::debug!(%sender, nonce, %reason, "a waiting transaction is dropped");
            dropped.push((sender, nonce));
            continue;
        }
        let next = view.pool.at(&sender, nonce + 1);
        queue.extend(next.and_then(|waiting| QueuedTransaction::of(waiting, base_fee)));
    }
    BlockCandidate { block: assembly.seal(), dropped }
}

/// Builds the block with `header` after the head of `view`, from these transactions in this order.
///
/// # Errors
///
/// Returns an error if one of them may not run.
pub(crate) fn build_of(
    view: &ChainView,
    chain_id: u64,
    header: Header,
    transactions: &[Transaction],
) -> Result<Block, TransactionRefusal> {
    let mut assembly = BlockAssembly::new(view, chain_id, header);
    for transaction in transactions {
        assembly.append(transaction)?;
    }
    Ok(assembly.seal())
}

/// A transaction with the next nonce of its sender. The greatest is the next to run.
#[derive(Debug)]
struct QueuedTransaction {
    tip: u128,
    waiting: Arc<WaitingTransaction>,
}

impl QueuedTransaction {
    /// Returns `None` if the transaction does not pay the base fee: it waits until the fee falls.
    fn of(waiting: &Arc<WaitingTransaction>, base_fee: u64) -> Option<Self> {
        Some(Self {
            tip: waiting.transaction.effective_tip_per_gas(base_fee)?,
            waiting: Arc::clone(waiting),
        })
    }

    fn rank(&self) -> (u128, Reverse<u64>) {
        (self.tip, Reverse(self.waiting.arrival))
    }
}

impl PartialEq for QueuedTransaction {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for QueuedTransaction {}

impl PartialOrd for QueuedTransaction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for QueuedTransaction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}
