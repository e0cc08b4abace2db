//! The accept loop, which lets connections end when the miner stops.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
// A `TaskTracker` would not end the connections when it is dropped.
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::connection::{ConnectionServer, FINAL_READ};
use super::layers::AnswerRequest;
use super::listener_config::ListenerConfig;
use super::quota::NetworkQuota;
use super::unverified::UnverifiedBudget;
use crate::limits::ServerLimits;
use crate::metrics::ConnectionMetrics;
use crate::network::RemoteAddress;

/// The pause after a failed accept, for example because the process has too many open files.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The reply to a connection beyond the limits.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\
    retry-after: 1\r\ncontent-length: 0\r\n\r\n";

/// The port of the services with its connections.
pub(super) struct Listener<A> {
    socket: TcpListener,
    server: Arc<ConnectionServer<A>>,
    quota: Arc<NetworkQuota>,
    unverified: UnverifiedBudget,
    metrics: ConnectionMetrics,
    limits: ServerLimits,
    is_secure: bool,
}

impl<A: AnswerRequest> Listener<A> {
    pub(super) fn new(server: ConnectionServer<A>, config: ListenerConfig) -> Self {
        let ListenerConfig { socket, tls, unverified, metrics, limits, .. } = config;
        let quota = NetworkQuota::new(limits.connections, limits.connections_per_address);
        let is_secure = tls.is_some();
        Self { socket, server: Arc::new(server), quota, unverified, metrics, limits, is_secure }
    }

    /// Accepts connections until `stop` is cancelled, and returns when the last connection has
    /// ended.
    pub(super) async fn serve(self, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, remote)) => {
                        while connections.try_join_next().is_some() {}
                        self.take(stream, RemoteAddress(remote), &stop, &mut connections);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no connection was taken");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = stop.cancelled() => break,
            }
        }
        // A peer that connected before the port closes may already have sent a request.
        let final_read = Instant::now() + FINAL_READ;
        while Instant::now() < final_read
            && let Ok(Ok((stream, remote))) = timeout_at(final_read, self.socket.accept()).await
        {
            self.take(stream, RemoteAddress(remote), &stop, &mut connections);
        }
        let Self { socket, limits, .. } = self;
        drop(socket);
        drain(connections, limits.drain_timeout).await;
    }

    fn take(
        &self,
        stream: TcpStream,
        remote: RemoteAddress,
        stop: &CancellationToken,
        connections: &mut JoinSet<()>,
    ) {
        let address = remote.0.ip();
        let admitted = self.quota.take_one(address).map_err(|exceeded| exceeded.cause());
        let admitted = admitted.and_then(|part| {
            let charge = self.unverified.connection(address, self.is_secure);
            charge.map(|charge| (part, charge)).map_err(|_| "memory")
        });
        let (part, charge) = match admitted {
            Ok(admitted) => admitted,
            Err(cause) => {
                self.metrics.refused(cause);
                self.refuse(&stream);
                return;
            }
        };
        let open = self.metrics.opened();
        // Connections that wait on one token would share its lock, so each has a child token.
        let stop = stop.child_token();
        let served = Arc::clone(&self.server).serve(stream, remote, charge, stop);
        connections.spawn(async move {
            served.await;
            drop((part, open));
        });
    }

    /// Sends the reason for the refusal, if the peer can receive it at once. The miner spends no
    /// time on a peer that does not read.
    fn refuse(&self, stream: &TcpStream) {
        if self.is_secure {
            return;
        }
        if let Err(error) = stream.try_write(NO_ROOM) {
            tracing::debug!(%error, "a connection was closed for want of room");
        }
    }
}

/// Waits until every connection has ended, at most for `limit`. A connection ends when no request
/// is in flight on it.
async fn drain(mut connections: JoinSet<()>, limit: Duration) {
    let deadline = Instant::now() + limit;
    while !connections.is_empty() {
        if timeout_at(deadline, connections.join_next()).await.is_err() {
            tracing::warn!(
                connections = connections.len(),
                "requests under way were cut off: the drain timeout is over"
            );
            break;
        }
    }
    connections.shutdown().await;
}
