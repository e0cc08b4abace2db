//! Puts waiting transactions into a block.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use alloy_consensus::{Header, Transaction as _};
use alloy_primitives::Address;

use super::assembly::Assembly;
use super::block::{Block, Transaction};
use super::invalid::Invalid;
use super::pool::Waiting;
use super::view::View;

/// A block that is not part of the chain yet.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) block: Block,
    /// Senders and nonces of transactions that can never run, as their funds are gone.
    pub(crate) dropped: Vec<(Address, u64)>,
}

/// Builds the block after the head of `view` from at most `limit` waiting transactions: those
/// that pay the highest tip first, among equals in the order in which they came.
pub(crate) fn build(view: &View, chain_id: u64, timestamp: u64, limit: usize) -> Candidate {
    let parent = view.head();
    let header = parent.child_header(timestamp);
    let base_fee = parent.next_base_fee();
    let mut assembly = Assembly::new(view, chain_id, header);
    let mut dropped = Vec::new();
    let mut queue: BinaryHeap<Turn> = view
        .pool
        .senders()
        .filter_map(|sender| Turn::of(view.pool.at(sender, parent.state.nonce(sender))?, base_fee))
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
        queue.extend(next.and_then(|waiting| Turn::of(waiting, base_fee)));
    }
    Candidate { block: assembly.seal(), dropped }
}

/// Builds the block with `header` after the head of `view`, from these transactions in this
/// order.
///
/// # Errors
///
/// If one of them may not run.
pub(crate) fn build_of(
    view: &View,
    chain_id: u64,
    header: Header,
    transactions: &[Transaction],
) -> Result<Block, Invalid> {
    let mut assembly = Assembly::new(view, chain_id, header);
    for transaction in transactions {
        assembly.append(transaction)?;
    }
    Ok(assembly.seal())
}

/// A transaction whose nonce is due. The greatest is the next to run.
#[derive(Debug)]
struct Turn {
    tip: u128,
    waiting: Arc<Waiting>,
}

impl Turn {
    /// Nothing if the transaction does not pay the base fee: it waits until that has fallen.
    fn of(waiting: &Arc<Waiting>, base_fee: u64) -> Option<Self> {
        Some(Self {
            tip: waiting.transaction.effective_tip_per_gas(base_fee)?,
            waiting: Arc::clone(waiting),
        })
    }

    fn rank(&self) -> (u128, Reverse<u64>) {
        (self.tip, Reverse(self.waiting.arrival))
    }
}

impl PartialEq for Turn {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Turn {}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}
