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

/// Nodes often refuse batches of more than 1,000 calls, and some refuse more than 100.
const CALLS_PER_BATCH: usize = 100;
/// The pause after a rate limit, if the node does not report a duration.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(1);

/// An endpoint and its recorded state.
#[derive(Debug)]
pub(super) struct RpcEndpoint {
    pub(super) url: RpcUrl,
    pub(super) health: EndpointMonitor,
    calls: PinnedExchange,
    chain_id: ChainId,
    /// Set once the node has reported the network's chain. No other call is sent before.
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

    /// Verifies, once, that the node is of the network's chain.
    pub(super) async fn prove(&self, limit: Duration) -> Result<(), RpcFailure> {
        self.proven.get_or_try_init(|| self.check_chain(limit)).await.map(drop)
    }

    /// Verifies the chain of the node.
    pub(super) async fn check_chain(&self, limit: Duration) -> Result<(), RpcFailure> {
        let started = Instant::now();
        let answer = self.ask_chain(limit).await;
        let outcome = answer.and_then(|actual| self.compare_chain(actual));
        self.judge(started, &outcome);
        outcome
    }

    /// Returns the chain that the node reports, whether or not it is the expected one.
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

    /// Calls a method like [`Self::call`], without any influence on the recorded state of the
    /// endpoint.
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

    /// Calls a method like [`Self::call`]. For methods that return `null` if the node does not have
    /// the block.
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

    /// Returns `true` if the state of a block is read by its number, because the node does not
    /// accept hashes (EIP-1898).
    pub(super) fn reads_by_number(&self) -> bool {
        self.calls.reads_by_number()
    }

    /// Returns the size of the largest batch that the node answers, up to the limit of this client.
    pub(super) async fn largest_batch(&self, limit: Duration) -> Result<usize, RpcFailure> {
        // Earlier batches may have been smaller for another reason.
        self.calls_per_batch.store(CALLS_PER_BATCH, Ordering::Relaxed);
        let call = RpcCall { method: "eth_chainId", params: Vec::new() };
        let answers = self.batch::<Value>(&vec![call; CALLS_PER_BATCH], limit).await?;
        Ok(answers.len())
    }

    /// Sends as many of `calls` as the node accepts in one batch, and returns their answers in the
    /// same order.
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

    /// Halves the batch until the node accepts its size.
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

    /// Records the outcome of a call.
    fn judge<T>(&self, started: Instant, outcome: &Result<T, RpcFailure>) {
        let now = Instant::now();
        let Err(RpcFailure::Failed(failure)) = outcome else {
            return self.health.answered(now - started, now);
        };
        match failure {
            RpcError::UnknownBlock { .. }
            | RpcError::TooLarge { .. }
            // The range was too large for the node.
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
                // A query of logs over a range may take long on a node that answers all other calls
                // at once.
                let is_hanging = matches!(failure, RpcError::TimedOut { limit, method, .. }
                    if *limit >= self.attempt_limit / 2 && *method != "eth_getLogs");
                if self.health.failed(failure, is_hanging, now) {
                    tracing::warn!(%failure, "set an endpoint aside");
                }
            }
        }
    }
}

/// Returns `true` if a node that returned this failure for a batch may answer a smaller batch, or a
/// single call.
fn may_be_too_many(failure: &RpcFailure) -> bool {
    match failure {
        // A refused batch is answered by a single error, of the node or of the server in front of
        // it.
        RpcFailure::Answered { error, .. } => error.complaint() != Complaint::Credential,
        RpcFailure::Failed(error) => matches!(
            error,
            RpcError::TooLarge { .. }
                | RpcError::Malformed { .. }
                | RpcError::Rejected { status: 400 | 413 | 422 | 500 | 501, .. }
        ),
    }
}
