//! Calls to a network's endpoints: to the one that is fit for them, again elsewhere if they may
//! be repeated, and never longer than allowed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::retry::budget::{Budget, TpsBudget};

use super::attempts::Attempts;
use super::endpoint::Endpoint;
use super::heads::HeadWatch;
use super::health::{EndpointAdmission, EndpointHealth};
use super::session::Session;
use super::{NodeError, RpcError, RpcFailure, TransportOptions};
use crate::ChainId;
use crate::network::RpcUrl;

/// The share of all calls that may be repeated, and how many a second in any case: an outage
/// must not multiply the calls.
const REPEATED_SHARE: f32 = 0.2;
const REPEATED_PER_SECOND: u32 = 2;
const BUDGET_WINDOW: Duration = Duration::from_secs(10);

/// One JSON-RPC call of a batch.
#[derive(Clone, Debug)]
pub(crate) struct RpcCall {
    pub(crate) method: &'static str,
    pub(crate) params: Vec<Value>,
}

/// The connections to a network's endpoints.
#[derive(Debug)]
pub(crate) struct Transport {
    /// In order of preference. Never empty.
    endpoints: Vec<Arc<Endpoint>>,
    websockets: Vec<RpcUrl>,
    options: TransportOptions,
    repeats: TpsBudget,
    /// Notified when a probe ends.
    probes: Arc<watch::Sender<()>>,
}

impl Transport {
    /// Connections to the `http` and `https` endpoints among `urls`, which are made when they are
    /// needed.
    pub(crate) fn new(
        urls: &[RpcUrl],
        chain_id: ChainId,
        options: &TransportOptions,
    ) -> Result<Self, RpcError> {
        let (websockets, called): (Vec<_>, Vec<_>) =
            urls.iter().cloned().partition(RpcUrl::is_websocket);
        let endpoints = called
            .iter()
            .map(|url| Endpoint::new(url, chain_id, options).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        if endpoints.is_empty() {
            return Err(RpcError::NoEndpoint);
        }
        Ok(Self {
            endpoints,
            websockets,
            options: options.clone(),
            repeats: TpsBudget::new(BUDGET_WINDOW, REPEATED_PER_SECOND, REPEATED_SHARE),
            probes: Arc::new(watch::Sender::new(())),
        })
    }

    /// The chain that the node at `url` says it is of.
    pub(crate) async fn chain_at(
        url: &RpcUrl,
        options: &TransportOptions,
    ) -> Result<ChainId, RpcError> {
        // No call goes through this endpoint that would need the chain to be the right one.
        let endpoint = Endpoint::new(url, ChainId::new(0), options)?;
        Ok(endpoint.ask_chain(options.attempt_limit).await?)
    }

    /// Reaches an endpoint, and makes sure that it is of the right chain.
    ///
    /// # Errors
    /// [`RpcError::OtherChain`] if the first that can be reached is not: endpoints that are tried
    /// later are passed over instead.
    pub(crate) async fn connect(&self) -> Result<(), RpcError> {
        let mut attempts = Attempts::new(self, "eth_chainId");
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

    /// Calls a method that changes nothing, on another endpoint if one fails.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        self.read_by(Attempts::new(self, method), method, params).await
    }

    /// Calls a method that changes nothing, whose cost an unauthenticated client chose: within
    /// `limit`, on two endpoints at most, of which one has half of the time. A failure says nothing about an
    /// endpoint and does not count against it, nor against the budget of repeated calls.
    pub(crate) async fn read_aside<T: DeserializeOwned>(
        &self,
        limit: Duration,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        self.probe_due_endpoints();
        let deadline = Instant::now() + limit.min(self.call_limit());
        let attempt_limit = self.attempt_limit().min(limit / 2);
        let mut last_failure = None;
        for endpoint in self.endpoints.iter().filter(|each| each.health.is_open()).take(2) {
            let left = deadline.saturating_duration_since(Instant::now());
            match endpoint.call_aside(method, &params, attempt_limit.min(left)).await {
                Err(RpcFailure::Failed(failure)) => last_failure = Some(failure),
                answer => return answer,
            }
        }
        let failure = last_failure.or_else(|| self.last_failure());
        Err(failure.unwrap_or_else(|| self.out_of_time(method, limit)).into())
    }

    /// Calls a method that changes nothing on every endpoint that is fit for traffic, so that no
    /// single one decides. Returns the answers of those that gave one: at least one.
    pub(crate) async fn read_everywhere<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, RpcFailure> {
        let open: Vec<_> = self.endpoints.iter().filter(|each| each.health.is_open()).collect();
        if open.len() > 1 {
            let limit = self.attempt_limit().min(self.call_limit());
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
        mut attempts: Attempts<'_>,
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

    /// Reads something of a block. Nodes answer nothing if they do not know the block, and then
    /// another one may.
    pub(crate) async fn read_of_block<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        let mut attempts = Attempts::new(self, method);
        loop {
            let endpoint = attempts.next_endpoint().await?;
            let outcome = endpoint.call_of_block(method, &params, attempts.limit()).await;
            if let Some(outcome) = attempts.settle(&endpoint, outcome) {
                return outcome;
            }
        }
    }

    /// Calls a method that may change something: once, on an endpoint that is fit for it. The
    /// call was not sent if the error is [`RpcError::NoHealthyEndpoint`].
    pub(crate) async fn submit<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        let mut attempts = Attempts::new(self, method);
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

    /// Calls many methods that change nothing, in as few requests as nodes allow. The answers
    /// have the order of the calls.
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

    /// At least one of `calls`, which are not empty.
    async fn read_some<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let mut attempts = Attempts::new(self, calls.first().map_or("batch", |call| call.method));
        loop {
            let endpoint = attempts.next_endpoint().await?;
            let outcome = endpoint.batch(calls, attempts.limit()).await;
            if let Some(outcome) = attempts.settle(&endpoint, outcome) {
                return outcome;
            }
        }
    }

    /// Calls that all go to one endpoint, so that they see one history: to the first that is fit
    /// for traffic, or to the one that is `turn` further.
    pub(crate) async fn session(&self, turn: usize) -> Result<Session, RpcError> {
        let first = Attempts::new(self, "eth_getBlockByNumber").next_endpoint().await?;
        let open: Vec<_> = self.endpoints.iter().filter(|each| each.health.is_open()).collect();
        let chosen = open.iter().cycle().nth(turn % open.len().max(1));
        let endpoint = chosen.map_or(first, |endpoint| Arc::clone(endpoint));
        Ok(Session::new(endpoint, self.attempt_limit()))
    }

    /// One session at each endpoint, in order of preference, whether it is fit for traffic or not.
    pub(crate) fn sessions(&self) -> Vec<Session> {
        let session = |endpoint| Session::new(Arc::clone(endpoint), self.attempt_limit());
        self.endpoints.iter().map(session).collect()
    }

    /// Hears of new blocks where the network has endpoints to subscribe at.
    pub(crate) fn watch_heads(&self) -> HeadWatch {
        HeadWatch::new(self.websockets.clone(), self.options.clone())
    }

    /// Sets an endpoint aside because its answers contradict each other.
    pub(crate) fn distrust(&self, url: &RpcUrl, reason: &str) {
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.url == *url) {
            let (method, reason) = ("eth_getBlockByNumber", reason.into());
            let failure = RpcError::Malformed { endpoint: url.clone(), method, reason };
            tracing::warn!(%failure, "set an endpoint aside");
            endpoint.health.set_aside(&failure, None, Instant::now());
        }
    }

    /// How the endpoints have been doing, in order of preference.
    pub(crate) fn health(&self) -> Vec<EndpointHealth> {
        let now = Instant::now();
        self.endpoints.iter().map(|each| each.health.report(each.url.clone(), now)).collect()
    }

    pub(super) const fn attempt_limit(&self) -> Duration {
        self.options.attempt_limit
    }

    pub(super) const fn call_limit(&self) -> Duration {
        self.options.call_limit
    }

    pub(super) fn note_call(&self) {
        self.repeats.deposit();
    }

    pub(super) fn may_repeat(&self) -> bool {
        self.repeats.withdraw()
    }

    /// The first endpoint that is fit for traffic, if possible none of `tried`.
    pub(super) fn choose(&self, tried: &[RpcUrl]) -> Option<&Arc<Endpoint>> {
        let open = || self.endpoints.iter().filter(|endpoint| endpoint.health.is_open());
        open().find(|endpoint| !tried.contains(&endpoint.url)).or_else(|| open().next())
    }

    /// Whether an endpoint that is not among `tried` is fit for traffic.
    pub(super) fn has_another(&self, tried: &[RpcUrl]) -> bool {
        self.choose(tried).is_some_and(|endpoint| !tried.contains(&endpoint.url))
    }

    /// Learns when a probe ends.
    pub(super) fn probes(&self) -> watch::Receiver<()> {
        self.probes.subscribe()
    }

    /// Probes the endpoints that are due, each by one call beside the traffic, and returns when
    /// the next one is due: nothing if one is being probed.
    pub(super) fn probe_due_endpoints(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut next = None;
        let mut is_probing = false;
        for endpoint in &self.endpoints {
            match endpoint.health.admission(now) {
                EndpointAdmission::Admitted => {}
                EndpointAdmission::Wait => is_probing = true,
                EndpointAdmission::NotBefore(due) => {
                    next = next.map_or(Some(due), |at| due.min(at).into())
                }
                EndpointAdmission::Probe => {
                    is_probing = true;
                    self.probe(Arc::clone(endpoint));
                }
            }
        }
        if is_probing { None } else { next }
    }

    fn probe(&self, endpoint: Arc<Endpoint>) {
        let (limit, ended) = (self.attempt_limit(), Arc::clone(&self.probes));
        tokio::spawn(async move {
            let verdict = Verdict(&endpoint);
            let outcome = endpoint.check_chain(limit).await;
            drop(verdict);
            if outcome.is_ok() {
                tracing::info!(endpoint = %endpoint.url, "an endpoint is back");
            }
            ended.send_replace(());
        });
    }

    pub(super) fn out_of_time(&self, method: &'static str, limit: Duration) -> RpcError {
        match self.endpoints.first() {
            None => RpcError::NoEndpoint,
            Some(first) => RpcError::TimedOut { endpoint: first.url.clone(), method, limit },
        }
    }

    pub(super) fn last_failure(&self) -> Option<RpcError> {
        self.endpoints.iter().find_map(|endpoint| endpoint.health.last_failure())
    }
}

/// Lets the next caller probe if a probe was dropped before it ended.
struct Verdict<'endpoint>(&'endpoint Endpoint);

impl Drop for Verdict<'_> {
    fn drop(&mut self) {
        self.0.health.probe_abandoned();
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
