//! Waiting until a transaction counts.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::SendOptions;
use super::attempts::Attempt;
use super::flight::Flight;
use super::preparation::understood;
use super::status::confirmations;
use crate::TxHash;
use crate::abi::decode_revert;
use crate::client::journal::Settlement;
use crate::client::{ChainError, Hetutensor};
use crate::model::TransactionReceipt;
use crate::resilience::Backoff;
use crate::rpc::{BlockRef, HexBytes, Quantity, RawReceipt, RpcCall};
use crate::text::ForeignError;

const PAUSES: Backoff = Backoff::between(Duration::from_millis(5), Duration::from_secs(1));
/// How long a transaction waits before its node is asked whether it still has it.
const CHECKS: Backoff = Backoff::between(Duration::from_millis(250), Duration::from_secs(15));
/// Longest wait for a missing nonce. Another program may be about to send it, and some nodes
/// count what waits in their pools late.
const GAP_LIMIT: Duration = Duration::from_secs(10);

/// Where a transaction is, as one node sees it.
#[derive(Debug)]
pub(super) enum Sighting {
    /// No block includes it, and its nonce is free.
    Waiting,
    /// A block includes one of the attempts.
    Included(Box<Inclusion>),
    /// A block includes another transaction with the nonce.
    NonceUsed { head: u64 },
}

/// A transaction in a block.
#[derive(Debug)]
pub(super) struct Inclusion {
    pub(super) attempt: Attempt,
    pub(super) receipt: RawReceipt,
    /// How many blocks include or follow it.
    pub(super) confirmations: u64,
}

impl Hetutensor {
    /// Waits until enough blocks include or follow the transaction. A reorganisation that drops
    /// it starts the wait anew; a node that lost it gets the same bytes again.
    ///
    /// Failures of reads are waited out: what was sent stays sent.
    pub(super) async fn watch(
        &self,
        flight: &mut Flight,
        options: &SendOptions,
    ) -> Result<Inclusion, ChainError> {
        flight.held.hold_again();
        let mut watch = Watch::new(options);
        loop {
            match self.sight(flight).await {
                Ok(Sighting::Included(inclusion)) => {
                    watch.is_included();
                    if inclusion.confirmations >= watch.needed {
                        self.settle(flight, Some(inclusion.attempt.hash)).await;
                        return Ok(*inclusion);
                    }
                }
                Ok(Sighting::NonceUsed { .. }) if flight.was_included => {
                    watch.problem =
                        Some("the journal says it was included; the node has no receipt".into());
                }
                Ok(Sighting::NonceUsed { head }) => {
                    if watch.is_lost(head) {
                        self.settle(flight, None).await;
                        let (transaction, nonce) = (flight.attempts.original_hash(), flight.nonce);
                        return Err(ChainError::Replaced { transaction, nonce });
                    }
                }
                Ok(Sighting::Waiting) => {
                    watch.is_waiting(flight);
                    if watch.check_is_due() {
                        watch.problem = self.give_again(flight).await.err();
                        watch.note_gap(self.missing_nonce(flight).await);
                        if watch.has_lasting_gap() {
                            return Err(watch.given_up(flight, options));
                        }
                    }
                }
                Err(error) => watch.problem = Some(ForeignError::new(error)),
            }
            if !watch.pause().await {
                return Err(watch.given_up(flight, options));
            }
        }
    }

    /// Looks for the transaction in one request, so that one node answers all of it.
    pub(super) async fn sight(&self, flight: &Flight) -> Result<Sighting, ChainError> {
        let attempts = flight.attempts.all();
        let mut calls = vec![
            RpcCall {
                method: "eth_getTransactionCount",
                params: vec![json!(flight.account), json!("latest")],
            },
            RpcCall { method: "eth_blockNumber", params: Vec::new() },
        ];
        calls.extend(attempts.iter().map(|attempt| RpcCall {
            method: "eth_getTransactionReceipt",
            params: vec![json!(attempt.hash)],
        }));
        let mut answers = self.transport().read_batch::<Value>(&calls).await?.into_iter();
        let mut next = |method: &str| {
            let answer = answers.next().ok_or_else(|| malformed(method, "no answer"))?;
            answer.map_err(|error| malformed(method, error.message))
        };
        let Quantity(count) = parsed("eth_getTransactionCount", next("eth_getTransactionCount")?)?;
        let Quantity(head) = parsed("eth_blockNumber", next("eth_blockNumber")?)?;
        for attempt in attempts {
            let method = "eth_getTransactionReceipt";
            let receipt: Option<RawReceipt> = parsed(method, next(method)?)?;
            if let Some(receipt) = receipt {
                let confirmations = confirmations(head, receipt.block_number.0);
                return Ok(Sighting::Included(Box::new(Inclusion {
                    attempt,
                    receipt,
                    confirmations,
                })));
            }
        }
        if count > flight.nonce {
            // On another chain with the same id the nonce says nothing about this transaction.
            self.check_genesis().await?;
            return Ok(Sighting::NonceUsed { head });
        }
        Ok(Sighting::Waiting)
    }

    /// The nonce that `flight` waits for, if no transaction has it, as far as the node and the
    /// journal know.
    async fn missing_nonce(&self, flight: &Flight) -> Option<u64> {
        let pending = self.pending_count(flight.account).await.ok()?;
        let journaled = self.journal().ok()?.map(|journal| journal.waiting_nonces());
        let is_ours = journaled.is_some_and(|nonces| nonces.contains(&pending))
            || self.lanes().of(flight.account).is_held(pending);
        (pending < flight.nonce && !is_ours).then_some(pending)
    }

    /// Notes the fate of all that was signed for the nonce.
    pub(super) async fn settle(&self, flight: &mut Flight, included: Option<TxHash>) {
        flight.held.release();
        let Ok(Some(journal)) = self.journal() else {
            return;
        };
        let waiting = journal.waiting().into_iter().filter(|record| record.nonce == flight.nonce);
        let outcomes: Vec<_> = waiting
            .map(|record| match included {
                Some(hash) if hash == record.hash => (hash, Settlement::Included),
                _ => (record.hash, Settlement::Replaced),
            })
            .collect();
        if let Err(error) = journal.settle(outcomes).await {
            // The chain knows the outcome, and is asked again when the journal is next opened.
            tracing::warn!(%error, "an outcome was not written down");
        }
    }

    /// The receipt, if the transaction did not revert.
    pub(super) async fn check_success(
        &self,
        flight: &Flight,
        inclusion: Inclusion,
    ) -> Result<TransactionReceipt, ChainError> {
        let Inclusion { attempt, receipt, .. } = inclusion;
        if receipt.status == Quantity(1) {
            return Ok(self.receipt(receipt));
        }
        // A receipt does not say why, so the call is run again on the state it failed on.
        let request = attempt.request(flight.account);
        let params = vec![json!(request), json!(BlockRef::Hash(receipt.block_hash))];
        let again = self.transport().read::<HexBytes>("eth_call", params).await;
        let function = &flight.function;
        let unknown =
            || ChainError::Reverted { function: function.clone(), revert: decode_revert(&[]) };
        Err(match again {
            Ok(_) => unknown(),
            Err(failure) => match understood(function, failure) {
                refusal @ ChainError::Reverted { .. } => refusal,
                // It failed for certain; only the reason cannot be had.
                _ => unknown(),
            },
        })
    }
}

/// How long one transaction has been waited for, and what was seen meanwhile.
struct Watch {
    needed: u64,
    started: Instant,
    limit: Duration,
    pauses: Backoff,
    check_at: Instant,
    checks: Backoff,
    /// Whether a block included it when it was last seen.
    included: bool,
    /// At which height its nonce was first seen used by another.
    lost_at: Option<u64>,
    problem: Option<ForeignError>,
    /// The nonce before its own that no transaction has, and since when.
    gap: Option<(u64, Instant)>,
}

impl Watch {
    fn new(options: &SendOptions) -> Self {
        let started = Instant::now();
        let mut checks = CHECKS;
        Self {
            needed: options.confirmations.max(1),
            started,
            limit: options.deadline,
            pauses: PAUSES,
            check_at: started + checks.next_delay(),
            checks,
            included: false,
            lost_at: None,
            problem: None,
            gap: None,
        }
    }

    fn note_gap(&mut self, missing: Option<u64>) {
        self.gap = missing.map(|missing| match self.gap {
            Some((known, since)) if known == missing => (missing, since),
            _ => (missing, Instant::now()),
        });
    }

    fn has_lasting_gap(&self) -> bool {
        self.gap.is_some_and(|(_, since)| since.elapsed() >= GAP_LIMIT)
    }

    /// Why the transaction is not waited for any longer. Leaves its nonce to the node.
    fn given_up(self, flight: &mut Flight, options: &SendOptions) -> ChainError {
        flight.held.release();
        let (transaction, nonce) = (flight.attempts.newest_hash(), flight.nonce);
        match self.gap {
            Some((missing, _)) => ChainError::NonceGap { transaction, nonce, missing },
            None => ChainError::Unconfirmed {
                transaction,
                nonce,
                waited: options.deadline,
                reason: self.problem,
            },
        }
    }

    fn is_included(&mut self) {
        self.included = true;
        self.lost_at = None;
        self.problem = None;
    }

    fn is_waiting(&mut self, flight: &Flight) {
        self.lost_at = None;
        if std::mem::take(&mut self.included) {
            tracing::info!(transaction = %flight.attempts.newest_hash(), "a reorganisation dropped it");
            self.check_at = Instant::now();
        }
    }

    /// Whether another transaction has the nonce for good: seen twice, and as deep as the
    /// transaction itself would have to be.
    fn is_lost(&mut self, head: u64) -> bool {
        match self.lost_at {
            Some(since) => confirmations(head, since) >= self.needed,
            None => {
                self.lost_at = Some(head);
                false
            }
        }
    }

    fn check_is_due(&mut self) -> bool {
        let now = Instant::now();
        if now < self.check_at {
            return false;
        }
        self.check_at = now + self.checks.next_delay();
        true
    }

    /// Waits until the next look is due. False if the time is over.
    async fn pause(&mut self) -> bool {
        let left = self.limit.saturating_sub(self.started.elapsed());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.pauses.next_delay().min(left)).await;
        true
    }
}

fn parsed<T: serde::de::DeserializeOwned>(method: &str, value: Value) -> Result<T, ChainError> {
    serde_json::from_value(value).map_err(|error| malformed(method, ForeignError::new(error)))
}

fn malformed(method: &str, reason: impl Into<ForeignError>) -> ChainError {
    ChainError::Malformed { function: method.to_owned(), reason: reason.into() }
}
