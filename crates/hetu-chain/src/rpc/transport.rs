//! Calls to a network's endpoints: selection of an endpoint, retries at other endpoints, and
//! deadlines.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::attempts::CallAttempts;
use super::endpoint::RpcEndpoint;
use super::heads::HeadWatch;
use super::health::EndpointHealth;
use super::pool::EndpointPool;
use super::session::RpcSession;
use super::{NodeError, RpcCall, RpcError, RpcFailure, TransportOptions};
use crate::ChainId;
use crate::network::RpcUrl;

/// The connections to a network's endpoints.
#[derive(Debug)]
pub(crate) struct RpcTransport {
    pool: EndpointPool,
    websockets: Vec<RpcUrl>,
    options: TransportOptions,
}

impl RpcTransport {
    /// Creates connections to the `http` and `https` endpoints among `urls`. Each connects on its
    /// first use.
    pub(crate) fn new(
        urls: &[RpcUrl],
        chain_id: ChainId,
        options: &TransportOptions,
    ) -> Result<Self, RpcError> {
        let (websockets, called): (Vec<_>, Vec<_>) =
            urls.iter().cloned().partition(RpcUrl::is_websocket);
        let pool = EndpointPool::new(&called, chain_id, options)?;
        Ok(Self { pool, websockets, options: options.clone() })
    }

    /// Returns the chain that the node at `url` reports.
    pub(crate) async fn chain_at(
        url: &RpcUrl,
        options: &TransportOptions,
    ) -> Result<ChainId, RpcError> {
        // No call through this endpoint depends on the chain.
        let endpoint = RpcEndpoint::new(url, ChainId::new(0), options)?;
        Ok(endpoint.ask_chain(options.attempt_limit).await?)
    }

    /// Connects to an endpoint, and verifies its chain.
    ///
    /// # Errors
    /// [`RpcError::OtherChain`] if the first reachable endpoint is of another chain. Later attempts
    /// skip such endpoints instead.
    pub(crate) async fn connect(&self) -> Result<(), RpcError> {
        let mut attempts = CallAttempts::new(&self.pool, "eth_chainId");
        loop {
            let endpoint = attempts.next_endpoint().await?;
            let outcome = endpoint.prove(attempts.limit()).await;
            if let Err(RpcFailure::Failed(error @ RpcError::OtherChain { .. })) = outcome {
                return Err(error);
            }
            if let Some(outcome) = attempts.settle(&endpoint, outcome) {
                return Ok(outcome?);
            }
        }
    }

    /// Calls a method without side effects, on another endpoint if one fails.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        self.read_by(CallAttempts::new(&self.pool, method), method, params).await
    }

    /// Calls a method without side effects at a cost that an unauthenticated client determines:
    /// within `limit`, on at most two endpoints, each for half of the time. A failure does not
    /// count against an endpoint, nor against the budget of repeated calls, because it has no clear
    /// cause.
    pub(crate) async fn read_aside<T: DeserializeOwned>(
        &self,
        limit: Duration,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        self.pool.probe_due_endpoints();
        let deadline = Instant::now() + limit.min(self.pool.call_limit());
        let attempt_limit = self.pool.attempt_limit().min(limit / 2);
        let mut last_failure = None;
        for endpoint in self.pool.open().take(2) {
            let left = deadline.saturating_duration_since(Instant::now());
            match endpoint.call_aside(method, &params, attempt_limit.min(left)).await {
                Err(RpcFailure::Failed(failure)) => last_failure = Some(failure),
                answer => return answer,
            }
        }
        let failure = last_failure.or_else(|| self.pool.last_failure());
        Err(failure.unwrap_or_else(|| self.pool.out_of_time(method, limit)).into())
    }

    /// Calls a method without side effects on every healthy endpoint, so that no single one
    /// decides. Returns the answers of the endpoints that gave one: at least one.
    pub(crate) async fn read_everywhere<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, RpcFailure> {
        let open: Vec<_> = self.pool.open().collect();
        if open.len() > 1 {
            let limit = self.pool.attempt_limit().min(self.pool.call_limit());
            let calls = open.iter().map(|endpoint| endpoint.call(method, &params, limit));
            let answers: Vec<_> = join_all(calls).await.into_iter().flatten().collect();
            if !answers.is_empty() {
                return Ok(answers);
            }
        }
        Ok(vec![self.read(method, params).await?])
    }

    async fn read_by<T: DeserializeOwned>(
        &self,
        mut attempts: CallAttempts<'_>,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        loop {
            let endpoint = attempts.next_endpoint().await?;
            let outcome = endpoint.call(method, &params, attempts.limit()).await;
            if let Some(outcome) = attempts.settle(&endpoint, outcome) {
                return outcome;
            }
        }
    }

    /// Reads a value of a block. Nodes return `null` if they do not have the block; another node
    /// may have it.
    pub(crate) async fn read_of_block<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        let mut attempts = CallAttempts::new(&self.pool, method);
        loop {
            let endpoint = attempts.next_endpoint().await?;
            let outcome = endpoint.call_of_block(method, &params, attempts.limit()).await;
            if let Some(outcome) = attempts.settle(&endpoint, outcome) {
                return outcome;
            }
        }
    }

    /// Calls a method that may change state: once, on a healthy endpoint. The call was not sent if
    /// the error is [`RpcError::NoHealthyEndpoint`].
    pub(crate) async fn submit<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        let mut attempts = CallAttempts::new(&self.pool, method);
        let endpoint = loop {
            let endpoint = attempts.next_endpoint().await?;
            let proven = endpoint.prove(attempts.limit()).await;
            match attempts.settle(&endpoint, proven) {
                Some(Ok(())) => break endpoint,
                Some(Err(failure)) => return Err(not_sent(method, failure)),
                None => {}
            }
        };
        endpoint.call(method, &params, attempts.limit()).await
    }

    /// Calls many methods without side effects, in as few requests as nodes allow. The answers have
    /// the order of the calls.
    pub(crate) async fn read_batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        while answers.len() < calls.len() {
            answers.extend(self.read_some(&calls[answers.len()..]).await?);
        }
        Ok(answers)
    }

    /// Reads at least one of `calls`, which are not empty.
    async fn read_some<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let mut attempts =
            CallAttempts::new(&self.pool, calls.first().map_or("batch", |call| call.method));
        loop {
            let endpoint = attempts.next_endpoint().await?;
            let outcome = endpoint.batch(calls, attempts.limit()).await;
            if let Some(outcome) = attempts.settle(&endpoint, outcome) {
                return outcome;
            }
        }
    }

    /// Returns a session that sends all calls to one endpoint, for a consistent view: the first
    /// healthy one, or the one `turn` places after it.
    pub(crate) async fn session(&self, turn: usize) -> Result<RpcSession, RpcError> {
        let first = CallAttempts::new(&self.pool, "eth_getBlockByNumber").next_endpoint().await?;
        let open: Vec<_> = self.pool.open().collect();
        let chosen = open.iter().cycle().nth(turn % open.len().max(1));
        let endpoint = chosen.map_or(first, |endpoint| Arc::clone(endpoint));
        Ok(RpcSession::new(endpoint, self.pool.attempt_limit()))
    }

    /// Returns one session at each endpoint, in order of preference, including unhealthy ones.
    pub(crate) fn sessions(&self) -> Vec<RpcSession> {
        let session = |endpoint| RpcSession::new(Arc::clone(endpoint), self.pool.attempt_limit());
        self.pool.all().iter().map(session).collect()
    }

    /// Returns notifications of new blocks, if the network has endpoints for subscriptions.
    pub(crate) fn watch_heads(&self) -> HeadWatch {
        HeadWatch::new(self.websockets.clone(), self.options.clone())
    }

    /// Sets an endpoint aside because its answers contradict each other.
    pub(crate) fn distrust(&self, url: &RpcUrl, reason: &str) {
        self.pool.distrust(url, reason);
    }

    /// Returns the health of the endpoints, in order of preference.
    pub(crate) fn health(&self) -> Vec<EndpointHealth> {
        self.pool.health()
    }
}

fn not_sent(method: &'static str, failure: RpcFailure) -> RpcFailure {
    match RpcError::from(failure) {
        error @ (RpcError::OtherChain { .. } | RpcError::NoHealthyEndpoint { .. }) => error,
        last_failure => {
            RpcError::NoHealthyEndpoint { method, last_failure: Box::new(last_failure) }
        }
    }
    .into()
}
