//! The endpoints of a network: selection of one for a call, and probes of those set aside.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tower::retry::budget::{Budget, TpsBudget};

use super::endpoint::RpcEndpoint;
use super::health::{EndpointAdmission, EndpointHealth};
use super::{RpcError, TransportOptions};
use crate::ChainId;
use crate::network::RpcUrl;

/// The fraction of all calls that may be repeated, and the number a second that is always allowed:
/// an outage must not multiply the calls.
const REPEATED_SHARE: f32 = 0.2;
const REPEATED_PER_SECOND: u32 = 2;
const BUDGET_WINDOW: Duration = Duration::from_secs(10);

/// The endpoints that receive calls.
#[derive(Debug)]
pub(super) struct EndpointPool {
    /// The endpoints in order of preference. Never empty.
    endpoints: Vec<Arc<RpcEndpoint>>,
    attempt_limit: Duration,
    call_limit: Duration,
    repeats: TpsBudget,
    /// Notified after each probe.
    probes: Arc<watch::Sender<()>>,
}

impl EndpointPool {
    /// Creates a pool of connections to `urls`. Each connects on its first use.
    pub(super) fn new(
        urls: &[RpcUrl],
        chain_id: ChainId,
        options: &TransportOptions,
    ) -> Result<Self, RpcError> {
        let endpoints = urls
            .iter()
            .map(|url| RpcEndpoint::new(url, chain_id, options).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        if endpoints.is_empty() {
            return Err(RpcError::NoEndpoint);
        }
        Ok(Self {
            endpoints,
            attempt_limit: options.attempt_limit,
            call_limit: options.call_limit,
            repeats: TpsBudget::new(BUDGET_WINDOW, REPEATED_PER_SECOND, REPEATED_SHARE),
            probes: Arc::new(watch::Sender::new(())),
        })
    }

    /// Returns all endpoints, in order of preference.
    pub(super) fn all(&self) -> &[Arc<RpcEndpoint>] {
        &self.endpoints
    }

    /// Returns the healthy endpoints, in order of preference.
    pub(super) fn open(&self) -> impl Iterator<Item = &Arc<RpcEndpoint>> {
        self.endpoints.iter().filter(|endpoint| endpoint.health.is_open())
    }

    /// Sets an endpoint aside because its answers contradict each other.
    pub(super) fn distrust(&self, url: &RpcUrl, reason: &str) {
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.url == *url) {
            let (method, reason) = ("eth_getBlockByNumber", reason.into());
            let failure = RpcError::Malformed { endpoint: url.clone(), method, reason };
            tracing::warn!(%failure, "set an endpoint aside");
            endpoint.health.set_aside(&failure, None, Instant::now());
        }
    }

    /// Returns the health of the endpoints, in order of preference.
    pub(super) fn health(&self) -> Vec<EndpointHealth> {
        let now = Instant::now();
        self.endpoints.iter().map(|each| each.health.report(each.url.clone(), now)).collect()
    }

    pub(super) const fn attempt_limit(&self) -> Duration {
        self.attempt_limit
    }

    pub(super) const fn call_limit(&self) -> Duration {
        self.call_limit
    }

    pub(super) fn note_call(&self) {
        self.repeats.deposit();
    }

    pub(super) fn may_repeat(&self) -> bool {
        self.repeats.withdraw()
    }

    /// Returns the first healthy endpoint, if possible none of `tried`.
    pub(super) fn choose(&self, tried: &[RpcUrl]) -> Option<&Arc<RpcEndpoint>> {
        let untried = self.open().find(|endpoint| !tried.contains(&endpoint.url));
        untried.or_else(|| self.open().next())
    }

    /// Returns `true` if an endpoint that is not in `tried` is healthy.
    pub(super) fn has_another(&self, tried: &[RpcUrl]) -> bool {
        self.choose(tried).is_some_and(|endpoint| !tried.contains(&endpoint.url))
    }

    /// Returns a receiver that is notified after each probe.
    pub(super) fn probes(&self) -> watch::Receiver<()> {
        self.probes.subscribe()
    }

    /// Probes the endpoints that are due, each by one call beside the traffic. Returns the time of
    /// the next probe, or `None` while a probe runs.
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

    fn probe(&self, endpoint: Arc<RpcEndpoint>) {
        let (limit, ended) = (self.attempt_limit(), Arc::clone(&self.probes));
        tokio::spawn(async move {
            let guard = ProbeGuard(&endpoint);
            let outcome = endpoint.check_chain(limit).await;
            drop(guard);
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

/// Allows the next caller to probe if a probe was dropped before it ended.
struct ProbeGuard<'endpoint>(&'endpoint RpcEndpoint);

impl Drop for ProbeGuard<'_> {
    fn drop(&mut self) {
        self.0.health.probe_abandoned();
    }
}
