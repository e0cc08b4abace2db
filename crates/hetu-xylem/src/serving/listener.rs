//! Connections: taking them, bounding them, and letting them go.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hetu_chain::Address;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::{Layers, MetricsPort, Miner, MinerService, RemoteAddress};
use crate::metrics::{ConnectionMetrics, Metrics};
use crate::{Policy, ServerLimits};

/// How long to wait before the next connection is taken after the operating system gave none,
/// for example because the process has too many files open.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// hyper needs as much for any head.
const LEAST_FIELD_BYTES: usize = 8_192;

/// Said to a connection for which there is no room.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\
    retry-after: 1\r\ncontent-length: 0\r\n\r\n";

/// A miner at work. Dropping it ends everything at once; [`stop`](Self::stop) is the polite way.
#[derive(Debug)]
pub struct RunningXylem {
    local_address: SocketAddr,
    miner: Arc<Miner>,
    metrics: Arc<Metrics>,
    metrics_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    showing_metrics: Option<JoinHandle<()>>,
}

/// What a miner counts, and where it shows it.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) metrics: Metrics,
    pub(crate) connections: ConnectionMetrics,
    pub(crate) port: Option<MetricsPort>,
}

impl RunningXylem {
    pub(crate) fn spawn(
        listener: TcpListener,
        local_address: SocketAddr,
        miner: Miner,
        layers: Layers,
        observation: Observation,
    ) -> Self {
        let Observation { metrics, connections, port } = observation;
        let (miner, metrics) = (Arc::new(miner), Arc::new(metrics));
        let (stop, stopped) = watch::channel(false);
        let service = layers.around(&miner);
        let serving = serve(listener, service, miner.limits, connections, stopped);
        let metrics_address = port.as_ref().map(|port| port.local_address);
        let showing_metrics = port.map(|port| tokio::spawn(port.serve(Arc::clone(&metrics))));
        Self {
            local_address,
            miner,
            metrics,
            metrics_address,
            stop,
            serving: Some(tokio::spawn(serving)),
            showing_metrics,
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

    /// Serves by another policy from now on. Calls that passed the one before go on.
    pub fn set_policy(&self, policy: Policy) {
        self.miner.policy.replace(policy);
    }

    /// The account of the miner.
    pub fn address(&self) -> Address {
        self.miner.replies.address()
    }

    /// Takes no more connections, lets the requests under way finish within the drain timeout,
    /// and returns when the last one is over.
    ///
    /// Cancel safety: dropping the future ends everything at once.
    pub async fn stop(mut self) {
        self.miner.is_stopping.store(true, Ordering::Release);
        self.stop.send_replace(true);
        if let Some(serving) = &mut self.serving {
            // It ends in no other way than by finishing or by a panic, which is logged already.
            let _ = serving.await;
        }
    }
}

impl Drop for RunningXylem {
    fn drop(&mut self) {
        for task in [&self.serving, &self.showing_metrics].into_iter().flatten() {
            task.abort();
        }
    }
}

async fn serve(
    listener: TcpListener,
    service: MinerService,
    limits: ServerLimits,
    metrics: ConnectionMetrics,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    while connections.try_join_next().is_some() {}
                    if connections.len() < limits.connections {
                        let open = metrics.opened();
                        let (service, peer) = (service.clone(), RemoteAddress(peer));
                        let conversation =
                            converse(stream, peer, service, limits, graceful.watcher());
                        connections.spawn(async move {
                            conversation.await;
                            drop(open);
                        });
                    } else {
                        metrics.refused("total");
                        turn_away(&stream);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection was taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stop.changed() => break,
        }
    }
    drop(listener);

    let drained = tokio::time::timeout(limits.drain_timeout, graceful.shutdown()).await;
    if drained.is_err() {
        tracing::warn!("requests under way were cut off: the drain timeout is over");
    }
    connections.shutdown().await;
}

async fn converse(
    stream: TcpStream,
    peer: RemoteAddress,
    service: MinerService,
    limits: ServerLimits,
    watcher: Watcher,
) {
    // Replies are written whole, so waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone already");
        return;
    }
    let service = service.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.field_timeout)
        .max_buf_size(limits.field_bytes.max(LEAST_FIELD_BYTES))
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = pin!(watcher.watch(connection)).await {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Best effort: whoever reads it learns why, and nobody waits for it to be read.
fn turn_away(stream: &TcpStream) {
    if let Err(error) = stream.try_write(NO_ROOM) {
        tracing::debug!(%error, "a connection was closed for want of room");
    }
}
