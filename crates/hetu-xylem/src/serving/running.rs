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
    /// Tasks that keep policy and registration up to date.
    pub(crate) background: JoinSet<()>,
}

/// The parts of a miner that can be read and changed while it runs.
pub(crate) struct MinerControl {
    pub(crate) address: Address,
    pub(crate) policy: Arc<CurrentPolicy>,
    pub(crate) readiness: Arc<ReadinessState>,
    pub(crate) documents: Arc<Documents>,
}

/// A miner at work. Dropping it ends everything at once; [`stop`](Self::stop) is the polite way.
pub struct RunningXylem {
    local_address: SocketAddr,
    control: MinerControl,
    tls: Option<TlsAcceptance>,
    metrics: Arc<MinerMetrics>,
    metrics_address: Option<SocketAddr>,
    drain_notice: Duration,
    stop: CancellationToken,
    serving: JoinSet<()>,
    /// Ended when it is dropped.
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
    /// The address that the miner listens on, with the port that the operating system chose if it
    /// was asked for port 0.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_address
    }

    /// The address on which the metrics are shown, if one was asked for, with the port that the
    /// operating system chose if it was asked for port 0.
    pub const fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// What the miner counts, and the picture of its subnet beside it, in the text format of
    /// OpenMetrics.
    pub fn render_metrics(&self) -> String {
        self.metrics.render()
    }

    /// Serves by another policy from now on. Calls whose handler was called go on; those that wait
    /// are judged again.
    pub fn set_policy(&self, policy: Policy) {
        self.control.policy.replace(policy);
    }

    /// The account of the miner.
    pub const fn address(&self) -> Address {
        self.control.address
    }

    /// Whether calls are served, or why not: what `/health/ready` says.
    pub fn readiness(&self) -> Readiness {
        self.control.readiness.current()
    }

    /// The fingerprint of the certificate that is shown, if the miner is called over TLS.
    pub fn certificate(&self) -> Option<CertificateFingerprint> {
        self.tls.as_ref().map(TlsAcceptance::fingerprint)
    }

    /// Reads the certificate anew, now and not within the minute. Says whether it is another one,
    /// which handshakes from now on show, and the discovery document names.
    ///
    /// # Errors
    /// [`TlsError`] if it cannot be used; the last one is shown on.
    pub async fn reload_certificate(&self) -> Result<bool, TlsError> {
        let Some(tls) = &self.tls else { return Ok(false) };
        let is_different = tls.reload().await?;
        if is_different {
            self.control.documents.show_certificate(tls.fingerprint());
        }
        Ok(is_different)
    }

    /// Says first that it is not ready, and goes on serving for the drain notice. Then it takes no
    /// more connections, lets the requests under way finish within the drain timeout, asks callers
    /// to close theirs, and returns when the last one is over.
    ///
    /// Cancel safety: dropping the future ends everything at once.
    pub async fn stop(mut self) {
        self.control.readiness.mark_stopping();
        tokio::time::sleep(self.drain_notice).await;
        self.stop.cancel();
        // It ends in no other way than by finishing or by a panic, which is logged already.
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
