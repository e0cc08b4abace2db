//! A miner at work, and how it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use hetu_cambium::CertificateFingerprint;
use hetu_chain::Address;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::connection::Conversations;
use super::listener::Listener;
use super::{Admission, Layers, MetricsPort, Miner};
use crate::metrics::{ConnectionMetrics, Metrics};
use crate::tls::{TlsAcceptance, keep_fresh};
use crate::{Policy, Readiness, TlsError};

/// A miner at work. Dropping it ends everything at once; [`stop`](Self::stop) is the polite way.
#[derive(Debug)]
pub struct RunningXylem {
    local_address: SocketAddr,
    pub(super) miner: Arc<Miner>,
    tls: Option<TlsAcceptance>,
    metrics: Arc<Metrics>,
    metrics_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    background: Vec<JoinHandle<()>>,
}

/// What a miner counts, and where it shows it.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) metrics: Metrics,
    pub(crate) connections: ConnectionMetrics,
    pub(crate) port: Option<MetricsPort>,
}

/// Where a miner is called.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) socket: TcpListener,
    pub(crate) local_address: SocketAddr,
    pub(crate) tls: Option<TlsAcceptance>,
    /// TLS handshakes at the same time: each costs some hundred microseconds of computing, and who
    /// begins some and leaves it at that is not to be in the way of others.
    pub(crate) handshakes: Arc<Admission>,
}

impl RunningXylem {
    pub(crate) fn spawn(
        door: Door,
        miner: Arc<Miner>,
        layers: Layers,
        observation: Observation,
        watching: Option<JoinHandle<()>>,
    ) -> Self {
        let Door { socket, local_address, tls, handshakes } = door;
        let Observation { metrics, connections, port } = observation;
        let metrics = Arc::new(metrics);
        let (stop, stopped) = watch::channel(false);
        let limits = miner.limits;
        let conversations = Conversations::new(
            layers.around(&miner),
            Arc::clone(&miner),
            tls.as_ref(),
            handshakes,
            connections.clone(),
        );
        let unverified = miner.unverified.clone();
        let listener =
            Listener::new(socket, conversations, unverified, connections, limits, tls.is_some());
        let metrics_address = port.as_ref().map(|port| port.local_address);
        let mut background = Vec::from_iter(watching);
        background.extend(port.map(|port| tokio::spawn(port.serve(Arc::clone(&metrics)))));
        background.extend(tls.clone().map(|tls| {
            let miner = Arc::clone(&miner);
            tokio::spawn(keep_fresh(tls, move |shown| miner.documents.show_certificate(shown)))
        }));
        Self {
            local_address,
            miner,
            tls,
            metrics,
            metrics_address,
            stop,
            serving: Some(tokio::spawn(listener.serve(stopped))),
            background,
        }
    }

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
        self.miner.policy.replace(policy);
    }

    /// The account of the miner.
    pub fn address(&self) -> Address {
        self.miner.pipeline.replies().address()
    }

    /// Whether calls are served, or why not: what `/health/ready` says.
    pub fn readiness(&self) -> Readiness {
        self.miner.readiness()
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
            self.miner.documents.show_certificate(tls.fingerprint());
        }
        Ok(is_different)
    }

    /// Says first that it is not ready, and goes on serving for the drain notice. Then it takes no
    /// more connections, lets the requests under way finish within the drain timeout, asks callers
    /// to close theirs, and returns when the last one is over.
    ///
    /// Cancel safety: dropping the future ends everything at once.
    pub async fn stop(mut self) {
        self.miner.tell_of_stopping();
        tokio::time::sleep(self.miner.limits.drain_notice).await;
        self.stop.send_replace(true);
        if let Some(serving) = &mut self.serving {
            // It ends in no other way than by finishing or by a panic, which is logged already.
            let _ = serving.await;
        }
    }
}

impl Drop for RunningXylem {
    fn drop(&mut self) {
        for task in self.serving.iter().chain(&self.background) {
            task.abort();
        }
    }
}
