//! Puts waiting transactions into a block.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Eip658Value, ReceiptEnvelope, Transaction as _, TxEnvelope};
use alloy_primitives::{Address, Log};
use revm::context_interface::result::ExecutionResult;

use super::block::{Block, Receipt, environment};
use super::execute::{Mode, run, transaction_environment};
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
    let block_environment = environment(&header);
    let base_fee = block_environment.basefee;
    let mut reader = view.reader(parent.state.clone());
    let mut transactions: Vec<Recovered<TxEnvelope>> = Vec::new();
    let mut receipts = Vec::new();
    let mut dropped = Vec::new();
    let (mut gas_used, mut logs_before) = (0, 0);

    let mut queue: BinaryHeap<Turn> = view
        .pool
        .senders()
        .filter_map(|sender| Turn::of(view.pool.at(sender, parent.state.nonce(sender))?, base_fee))
        .collect();
    while transactions.len() < limit
        && let Some(turn) = queue.pop()
    {
        let transaction = &turn.waiting.transaction;
        if transaction.gas_limit() > header.gas_limit - gas_used {
            continue;
        }
        let (sender, nonce) = (transaction.signer(), transaction.nonce());
        let outcome = run(
            &mut reader,
            chain_id,
            &block_environment,
            transaction_environment(transaction),
            Mode::Transaction,
        );
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(reason) => {
                tracing::debug!(%sender, nonce, %reason, "a waiting transaction is dropped");
                dropped.push((sender, nonce));
                continue;
            }
        };
        gas_used += outcome.tx_gas_used();
        let receipt = receipt(transaction, outcome, gas_used, logs_before);
        logs_before += receipt.envelope.logs().len() as u64;
        receipts.push(receipt);
        transactions.push(transaction.clone());
        let next = view.pool.at(&sender, nonce + 1);
        queue.extend(next.and_then(|waiting| Turn::of(waiting, base_fee)));
    }
    Candidate { block: Block::seal(header, transactions, receipts, reader.state), dropped }
}

fn receipt(
    transaction: &Recovered<TxEnvelope>,
    outcome: ExecutionResult,
    cumulative_gas_used: u64,
    first_log: u64,
) -> Receipt {
    let gas_used = outcome.tx_gas_used();
    let succeeded = outcome.is_success();
    // Named even if the creation failed, as go-ethereum does.
    let contract_address =
        transaction.is_create().then(|| transaction.signer().create(transaction.nonce()));
    let logs: Vec<Log> = if succeeded { outcome.into_logs() } else { Vec::new() };
    let receipt = alloy_consensus::Receipt {
        status: Eip658Value::Eip658(succeeded),
        cumulative_gas_used,
        logs,
    };
    Receipt {
        envelope: ReceiptEnvelope::from_typed(transaction.tx_type(), receipt),
        gas_used,
        contract_address,
        first_log,
    }
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
