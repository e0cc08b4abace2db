//! A running miner, and its stop.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::CertificateFingerprint;
use hetu_chain::Address;
// A `TaskTracker` would not end its tasks when it is dropped.
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::documents::Documents;
use super::layers::Layers;
use super::listener_config::ListenerConfig;
use super::metrics_port::MetricsPort;
use super::readiness::ReadinessState;
use super::stack::{RequestStack, around};
use crate::metrics::MinerMetrics;
use crate::policy::{CurrentPolicy, Policy};
use crate::registration::Readiness;
use crate::tls::{TlsAcceptance, TlsError, keep_fresh};

/// A miner that is ready to run.
pub(crate) struct PreparedMiner {
    pub(crate) stack: Arc<RequestStack>,
    pub(crate) layers: Layers,
    pub(crate) listener: ListenerConfig,
    pub(crate) control: MinerControl,
    pub(crate) metrics: MinerMetrics,
    pub(crate) metrics_port: Option<MetricsPort>,
    /// Tasks that update policy and registration.
    pub(crate) background: JoinSet<()>,
}

/// The parts of a miner that can be read and changed while it runs.
pub(crate) struct MinerControl {
    pub(crate) address: Address,
    pub(crate) policy: Arc<CurrentPolicy>,
    pub(crate) readiness: Arc<ReadinessState>,
    pub(crate) documents: Arc<Documents>,
}

/// A running miner. Dropping it ends everything at once; [`stop`](Self::stop) stops it gracefully.
pub struct RunningXylem {
    local_address: SocketAddr,
    control: MinerControl,
    tls: Option<TlsAcceptance>,
    metrics: Arc<MinerMetrics>,
    metrics_address: Option<SocketAddr>,
    drain_notice: Duration,
    stop: CancellationToken,
    serving: JoinSet<()>,
    /// The background tasks, which end when this is dropped.
    _background: JoinSet<()>,
}

impl PreparedMiner {
    /// Serves in the background.
    pub(crate) fn run(self) -> RunningXylem {
        let Self { stack, layers, listener, control, metrics, metrics_port, mut background } = self;
        let (metrics, stop) = (Arc::new(metrics), CancellationToken::new());
        let (local_address, tls) = (listener.local_address, listener.tls.clone());
        let drain_notice = listener.limits.drain_notice;
        let metrics_address = metrics_port.as_ref().map(|port| port.local_address);
        if let Some(port) = metrics_port {
            background.spawn(port.serve(Arc::clone(&metrics)));
        }
        if let Some(tls) = tls.clone() {
            let documents = Arc::clone(&control.documents);
            background.spawn(keep_fresh(tls, move |shown| documents.show_certificate(shown)));
        }
        let mut serving = JoinSet::new();
        serving.spawn(around(stack, layers, listener).serve(stop.clone()));
        RunningXylem {
            local_address,
            control,
            tls,
            metrics,
            metrics_address,
            drain_notice,
            stop,
            serving,
            _background: background,
        }
    }
}

impl RunningXylem {
    /// Returns the address that the miner listens on. If the configured port is 0, it has the port
    /// that the operating system selected.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_address
    }

    /// Returns the address of the metrics port, or `None` without one. If the configured port is 0,
    /// it has the port that the operating system selected.
    pub const fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Returns the metrics of the miner and of its subnet view, in the OpenMetrics text format.
    pub fn render_metrics(&self) -> String {
        self.metrics.render()
    }

    /// Replaces the policy. Calls that already reached their handler continue; queued calls are
    /// checked again.
    pub fn set_policy(&self, policy: Policy) {
        self.control.policy.replace(policy);
    }

    /// Returns the account of the miner.
    pub const fn address(&self) -> Address {
        self.control.address
    }

    /// Returns the readiness of the miner, as served at `/health/ready`.
    pub fn readiness(&self) -> Readiness {
        self.control.readiness.current()
    }

    /// Returns the fingerprint of the current certificate, or `None` without TLS.
    pub fn certificate(&self) -> Option<CertificateFingerprint> {
        self.tls.as_ref().map(TlsAcceptance::fingerprint)
    }

    /// Reloads the TLS certificate immediately instead of at the next poll, which is at most one
    /// minute later. Returns `true` if it changed. New handshakes and the discovery document then
    /// use it.
    ///
    /// # Errors
    /// [`TlsError`] if the new certificate cannot be used. The previous one stays in use.
    pub async fn reload_certificate(&self) -> Result<bool, TlsError> {
        let Some(tls) = &self.tls else { return Ok(false) };
        let is_different = tls.reload().await?;
        if is_different {
            self.control.documents.show_certificate(tls.fingerprint());
        }
        Ok(is_different)
    }

    /// Stops the miner gracefully. It first reports that it is not ready, and continues to serve
    /// for the drain notice. Then it accepts no more connections, lets the requests in flight
    /// finish within the drain timeout, asks callers to close their connections, and returns when
    /// the last one has ended.
    ///
    /// # Cancel safety
    /// Dropping the future ends everything at once.
    pub async fn stop(mut self) {
        self.control.readiness.mark_stopping();
        tokio::time::sleep(self.drain_notice).await;
        self.stop.cancel();
        // The task ends only by finishing or by a panic, which is already logged.
        while self.serving.join_next().await.is_some() {}
    }
}

impl fmt::Debug for RunningXylem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RunningXylem")
            .field("local_address", &self.local_address)
            .field("address", &self.control.address)
            .field("metrics_address", &self.metrics_address)
            .finish_non_exhaustive()
    }
}
