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

use super::{Layers, Miner, MinerService, RemoteAddress};
use crate::ServerLimits;

/// How long to wait before the next connection is taken after the operating system gave none,
/// for example because the process has too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

impl RunningXylem {
    pub(crate) fn spawn(
        listener: TcpListener,
        local_address: SocketAddr,
        miner: Miner,
        layers: Layers,
    ) -> Self {
        let miner = Arc::new(miner);
        let (stop, stopped) = watch::channel(false);
        let service = layers.around(&miner);
        let serving = tokio::spawn(serve(listener, service, miner.limits, stopped));
        Self { local_address, miner, stop, serving: Some(serving) }
    }

    /// The address that the miner listens on, with the port that the operating system chose if it
    /// was asked for port 0.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_address
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
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn serve(
    listener: TcpListener,
    service: MinerService,
    limits: ServerLimits,
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
                        let (service, peer) = (service.clone(), RemoteAddress(peer));
                        let watcher = graceful.watcher();
                        connections.spawn(converse(stream, peer, service, limits, watcher));
                    } else {
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
