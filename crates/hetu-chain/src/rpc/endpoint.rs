//! Calls to one endpoint.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::complaint::Complaint;
use super::exchange::{BatchOutcome, RpcExchange};
use super::health::EndpointMonitor;
use super::pinned::PinnedExchange;
use super::{Quantity, RpcCall, RpcError, RpcFailure, TransportOptions};
use crate::ChainId;
use crate::network::RpcUrl;

/// Nodes commonly refuse batches of more than 1,000 calls, and some of more than 100.
const CALLS_PER_BATCH: usize = 100;
/// How long a node is left alone that limits the rate and does not say for how long.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(1);

/// One endpoint and what is known of it.
#[derive(Debug)]
pub(super) struct RpcEndpoint {
    pub(super) url: RpcUrl,
    pub(super) health: EndpointMonitor,
    calls: PinnedExchange,
    chain_id: ChainId,
    /// Set once the node has said that it is of this chain. Nothing else is asked before.
    proven: OnceCell<()>,
    attempt_limit: Duration,
    calls_per_batch: AtomicUsize,
}

impl RpcEndpoint {
    pub(super) fn new(
        url: &RpcUrl,
        chain_id: ChainId,
        options: &TransportOptions,
    ) -> Result<Self, RpcError> {
        Ok(Self {
            url: url.clone(),
            health: EndpointMonitor::default(),
            calls: PinnedExchange::new(RpcExchange::new(url, options)?),
            chain_id,
            proven: OnceCell::new(),
            attempt_limit: options.attempt_limit,
            calls_per_batch: AtomicUsize::new(CALLS_PER_BATCH),
        })
    }

    /// Makes sure, once, that the node is of the network's chain.
    pub(super) async fn prove(&self, limit: Duration) -> Result<(), RpcFailure> {
        self.proven.get_or_try_init(|| self.check_chain(limit)).await.map(drop)
    }

    /// Asks the node of which chain it is.
    pub(super) async fn check_chain(&self, limit: Duration) -> Result<(), RpcFailure> {
        let started = Instant::now();
        let answer = self.ask_chain(limit).await;
        let outcome = answer.and_then(|actual| self.compare_chain(actual));
        self.judge(started, &outcome);
        outcome
    }

    /// The chain that the node says it is of, whichever it should be.
    pub(super) async fn ask_chain(&self, limit: Duration) -> Result<ChainId, RpcFailure> {
        let Quantity(chain_id) = self.ask("eth_chainId", &[], limit).await?;
        Ok(ChainId::new(chain_id))
    }

    fn compare_chain(&self, actual: ChainId) -> Result<(), RpcFailure> {
        if actual == self.chain_id {
            return Ok(());
        }
        let (endpoint, expected) = (self.url.clone(), self.chain_id);
        Err(RpcFailure::Failed(RpcError::OtherChain { endpoint, expected, actual }))
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let deadline = Instant::now() + limit;
        self.prove(limit).await?;
        self.request(method, params, deadline.saturating_duration_since(Instant::now())).await
    }

    /// As [`Self::call`], without any influence on what is known of the endpoint.
    pub(super) async fn call_aside<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let deadline = Instant::now() + limit;
        self.prove(limit).await?;
        self.ask(method, params, deadline.saturating_duration_since(Instant::now())).await
    }

    /// As [`Self::call`], for methods that answer `null` if they do not know the block.
    pub(super) async fn call_of_block<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let found: Option<T> = self.call(method, params, limit).await?;
        let endpoint = self.url.clone();
        found.ok_or(RpcFailure::Failed(RpcError::UnknownBlock { endpoint, method }))
    }

    async fn request<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let started = Instant::now();
        let outcome = self.ask(method, params, limit).await;
        self.judge(started, &outcome);
        outcome
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        self.calls.call(method, params, limit).await
    }

    /// Returns `true` if the state of a block is read by its number, because the node takes no
    /// hashes (EIP-1898).
    pub(super) fn reads_by_number(&self) -> bool {
        self.calls.reads_by_number()
    }

    /// The number of calls in the largest batch that the node answers, as far as it is used.
    pub(super) async fn largest_batch(&self, limit: Duration) -> Result<usize, RpcFailure> {
        // Earlier batches may have been smaller for another reason.
        self.calls_per_batch.store(CALLS_PER_BATCH, Ordering::Relaxed);
        let call = RpcCall { method: "eth_chainId", params: Vec::new() };
        let answers = self.batch::<Value>(&vec![call; CALLS_PER_BATCH], limit).await?;
        Ok(answers.len())
    }

    /// As many of `calls` as the node takes at once, and their answers in the same order.
    pub(super) async fn batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        limit: Duration,
    ) -> BatchOutcome<T> {
        let started = Instant::now();
        self.prove(limit).await?;
        let outcome = self.ask_as_many(calls, started + limit).await;
        self.judge(started, &outcome);
        outcome
    }

    /// Asks for less until the node does not find it too much.
    async fn ask_as_many<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        deadline: Instant,
    ) -> BatchOutcome<T> {
        let usual = self.calls_per_batch.load(Ordering::Relaxed).min(calls.len());
        let mut size = usual;
        loop {
            let limit = deadline.saturating_duration_since(Instant::now());
            match self.calls.batch(&calls[..size], limit).await {
                Err(failure) if size > 1 && may_be_too_many(&failure) => size /= 2,
                Err(failure) => return Err(failure),
                Ok(answers) => {
                    if size < usual {
                        tracing::debug!(endpoint = %self.url, size, "smaller batches from now on");
                        self.calls_per_batch.store(size, Ordering::Relaxed);
                    }
                    return Ok(answers);
                }
            }
        }
    }

    /// Keeps the record of the endpoint.
    fn judge<T>(&self, started: Instant, outcome: &Result<T, RpcFailure>) {
        let now = Instant::now();
        let Err(RpcFailure::Failed(failure)) = outcome else {
            return self.health.answered(now - started, now);
        };
        match failure {
            RpcError::UnknownBlock { .. }
            | RpcError::TooLarge { .. }
            // The range was too much for it.
            | RpcError::Rejected { method: "eth_getLogs", status: 400 | 413 | 422, .. } => {
                self.health.answered(now - started, now);
            }
            RpcError::RateLimited { retry_after, .. } => {
                let pause = retry_after.unwrap_or(RATE_LIMIT_PAUSE);
                self.health.set_aside(failure, Some(pause), now);
            }
            RpcError::OtherChain { .. } => {
                tracing::error!(%failure, "set an endpoint aside");
                self.health.set_aside(failure, Some(Duration::MAX), now);
            }
            _ => {
                // A range of logs may take a node long that answers everything else at once.
                let is_hanging = matches!(failure, RpcError::TimedOut { limit, method, .. }
                    if *limit >= self.attempt_limit / 2 && *method != "eth_getLogs");
                if self.health.failed(failure, is_hanging, now) {
                    tracing::warn!(%failure, "set an endpoint aside");
                }
            }
        }
    }
}

/// Returns `true` if a node that answers so to a batch may answer to a smaller one, or to a single
/// call.
fn may_be_too_many(failure: &RpcFailure) -> bool {
    match failure {
        // A refused batch is answered by a single error, or by the server in front of the node.
        RpcFailure::Answered { error, .. } => error.complaint() != Complaint::Credential,
        RpcFailure::Failed(error) => matches!(
            error,
            RpcError::TooLarge { .. }
                | RpcError::Malformed { .. }
                | RpcError::Rejected { status: 400 | 413 | 422 | 500 | 501, .. }
        ),
    }
}
