//! Taking connections, and letting them go.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::RemoteAddress;
use super::connection::{Admission, Conversations, LAST_CALL};
use super::unverified::UnverifiedBudget;
use crate::ServerLimits;
use crate::metrics::ConnectionMetrics;

/// How long to wait before the next connection is taken after the operating system gave none,
/// for example because the process has too many files open.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Said to a connection for which there is no room.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\
    retry-after: 1\r\ncontent-length: 0\r\n\r\n";

/// The port of the services, and who is on it.
pub(super) struct Listener {
    socket: TcpListener,
    conversations: Arc<Conversations>,
    admission: Arc<Admission>,
    unverified: UnverifiedBudget,
    metrics: ConnectionMetrics,
    limits: ServerLimits,
    is_secure: bool,
}

impl Listener {
    pub(super) fn new(
        socket: TcpListener,
        conversations: Arc<Conversations>,
        unverified: UnverifiedBudget,
        metrics: ConnectionMetrics,
        limits: ServerLimits,
        is_secure: bool,
    ) -> Self {
        let admission = Admission::new(limits.connections, limits.connections_per_address);
        Self { socket, conversations, admission, unverified, metrics, limits, is_secure }
    }

    /// Takes connections until `stop` says so, and returns when the last one is over.
    pub(super) async fn serve(self, mut stop: watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        let stopped = stop.clone();
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, remote)) => {
                        while connections.try_join_next().is_some() {}
                        self.take(stream, RemoteAddress(remote), &stopped, &mut connections);
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
        // Whoever connected before the port closes may have asked something already.
        let last_call = Instant::now() + LAST_CALL;
        while Instant::now() < last_call
            && let Ok(Ok((stream, remote))) = timeout_at(last_call, self.socket.accept()).await
        {
            self.take(stream, RemoteAddress(remote), &stopped, &mut connections);
        }
        let Self { socket, limits, .. } = self;
        drop(socket);
        drain(connections, limits.drain_timeout).await;
    }

    fn take(
        &self,
        stream: TcpStream,
        remote: RemoteAddress,
        stop: &watch::Receiver<bool>,
        connections: &mut JoinSet<()>,
    ) {
        let place = match self.admission.admit(remote.0.ip()) {
            Ok(place) => place,
            Err(refused) => {
                self.metrics.refused(refused.cause());
                self.turn_away(&stream);
                return;
            }
        };
        let Ok(charge) = self.unverified.connection(remote.0.ip(), self.is_secure) else {
            self.metrics.refused("memory");
            self.turn_away(&stream);
            return;
        };
        let open = self.metrics.opened();
        let conversations = Arc::clone(&self.conversations);
        let conversation = conversations.hold(stream, remote, charge, stop.clone());
        connections.spawn(async move {
            conversation.await;
            drop((place, open));
        });
    }

    /// Best effort: whoever reads it learns why, and nobody waits for it to be read.
    fn turn_away(&self, stream: &TcpStream) {
        if self.is_secure {
            return;
        }
        if let Err(error) = stream.try_write(NO_ROOM) {
            tracing::debug!(%error, "a connection was closed for want of room");
        }
    }
}

/// Every connection ends by itself as soon as nothing is under way on it.
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
