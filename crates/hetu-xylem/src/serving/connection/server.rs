//! The protocol of a connection: HTTP/1.1 or HTTP/2, over TLS or in cleartext.

use std::pin::pin;
use std::sync::Arc;

// hyper-util's `auto` connection reads the preface itself. It sets no time limit on an idle peer,
// and does not report the detected protocol before the first request.
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::activity::Activity;
use super::exchange::{Exchanges, Peer};
use super::supervision::{FINAL_READ, supervise};
use super::transport::CountedConnection;
use crate::limits::ServerLimits;
use crate::metrics::ConnectionMetrics;
use crate::network::RemoteAddress;
use crate::serving::layers::AnswerRequest;
use crate::serving::listener_config::ListenerConfig;
use crate::serving::quota::NetworkQuota;
use crate::serving::unverified::{ConnectionCharge, MAX_STREAMS};
use crate::tls::TlsAcceptance;

/// The cause of a failed TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TlsFailure {
    /// Too many simultaneous handshakes, in total or from this address.
    NoRoom,
    /// An invalid handshake, or no common parameters.
    Refused,
    /// A timeout.
    Timeout,
}

/// The excess above which the HTTP library refuses a head without a problem document. It is small,
/// because the library decodes as much before any byte is charged.
const FIELD_MARGIN: usize = 512;
/// The HTTP/1.1 framing around the counted fields: a method, and a hundred times `: ` and a line
/// end.
const HTTP1_FRAMING: usize = 4 * 1024;
/// Bytes of the content of a request that a peer may send on one stream before they are read.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The window for all streams of a connection. h2 allows half as many bytes of overhead for frames
/// below 256 bytes, and ends the connection above that.
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// Bytes of a reply that wait on a stream until the peer accepts them.
const SEND_BUFFER: usize = 64 * 1024;
/// Maximum number of streams that the peer reset before they were processed.
const RESET_STREAMS: usize = 20;
/// Maximum number of streams that were reset after an error of the peer.
const BROKEN_STREAMS: usize = 128;

/// A server of connections, each from its first byte to its last.
pub(in crate::serving) struct ConnectionServer<A> {
    exchanges: Arc<Exchanges<A>>,
    limits: ServerLimits,
    tls: Option<TlsAcceptor>,
    handshakes: Arc<NetworkQuota>,
    metrics: ConnectionMetrics,
}

impl<A: AnswerRequest> ConnectionServer<A> {
    pub(in crate::serving) fn new(config: &ListenerConfig, exchanges: Exchanges<A>) -> Self {
        Self {
            exchanges: Arc::new(exchanges),
            limits: config.limits,
            tls: config.tls.as_ref().map(TlsAcceptance::acceptor),
            handshakes: Arc::clone(&config.handshakes),
            metrics: config.metrics.clone(),
        }
    }

    /// Serves the requests on a connection until it ends.
    pub(in crate::serving) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        remote: RemoteAddress,
        charge: Arc<ConnectionCharge>,
        stop: CancellationToken,
    ) {
        // Replies are written whole, so a wait for more bytes only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is gone already");
            return;
        }
        let activity = Activity::new();
        let mut opening = pin!(self.open(stream, remote, &activity));
        let opened = tokio::select! {
            biased;
            opened = &mut opening => Some(opened),
            () = stop.cancelled() => None,
        };
        let opened = match opened {
            Some(opened) => opened,
            // A request may have arrived before the stop.
            None => match timeout(FINAL_READ, opening).await {
                Ok(opened) => opened,
                Err(_) => return,
            },
        };
        let end = match opened {
            Ok((_, true)) if charge.charge_http2().is_err() => "no_room",
            Ok((transport, is_http2)) => {
                let peer = Peer { remote, activity: Arc::clone(&activity), charge };
                let exchanges = Arc::clone(&self.exchanges).with(peer);
                let io = TokioIo::new(transport);
                if is_http2 {
                    activity.mark_framed();
                    let connection = self.http2().serve_connection(io, exchanges);
                    supervise(connection, &activity, &self.limits, &stop).await
                } else {
                    let connection = self.http1().serve_connection(io, exchanges);
                    supervise(connection, &activity, &self.limits, &stop).await
                }
                .cause()
            }
            Err(end) => end,
        };
        self.metrics.ended(end);
    }

    /// Returns the connection and whether it uses HTTP/2, or the end of a connection that failed
    /// before its first request.
    async fn open(
        &self,
        stream: TcpStream,
        remote: RemoteAddress,
        activity: &Arc<Activity>,
    ) -> Result<(CountedConnection, bool), &'static str> {
        let mut transport = match &self.tls {
            None => CountedConnection::clear(stream, Arc::clone(activity)),
            Some(acceptor) => match self.handshake(acceptor, stream, remote, activity).await {
                Ok(transport) => transport,
                Err(failure) => {
                    self.metrics.handshake_failed(match failure {
                        TlsFailure::NoRoom => "no_room",
                        TlsFailure::Refused => "refused",
                        TlsFailure::Timeout => "timeout",
                    });
                    return Err("broken");
                }
            },
        };
        match timeout(self.limits.idle_timeout, transport.detect_http2()).await {
            Ok(Ok(is_http2)) => {
                if is_http2 {
                    transport.follow_http2();
                }
                Ok((transport, is_http2))
            }
            Ok(Err(_)) => Err("broken"),
            Err(_) => Err("idle"),
        }
    }

    async fn handshake(
        &self,
        acceptor: &TlsAcceptor,
        stream: TcpStream,
        remote: RemoteAddress,
        activity: &Arc<Activity>,
    ) -> Result<CountedConnection, TlsFailure> {
        let under_way = self.handshakes.take_one(remote.0.ip()).map_err(|_| TlsFailure::NoRoom)?;
        let shaken = timeout(self.limits.handshake_timeout, acceptor.accept(stream)).await;
        drop(under_way);
        let stream = shaken.map_err(|_| TlsFailure::Timeout)?.map_err(|error| {
            tracing::debug!(%error, "a handshake failed");
            TlsFailure::Refused
        })?;
        Ok(CountedConnection::tls(stream, Arc::clone(activity)))
    }

    fn http1(&self) -> http1::Builder {
        let head_bytes = self.limits.head_bytes().saturating_add(HTTP1_FRAMING);
        let mut builder = http1::Builder::new();
        builder
            // The supervision enforces this limit. It distinguishes idle time from slow heads, and
            // needs no timer for each request.
            .header_read_timeout(None)
            .max_header_size(head_bytes)
            .max_buf_size(head_bytes);
        builder
    }

    fn http2(&self) -> http2::Builder<TokioExecutor> {
        let limits = &self.limits;
        let field_bytes = limits.head_bytes().saturating_add(FIELD_MARGIN);
        let field_bytes = u32::try_from(field_bytes).unwrap_or(u32::MAX);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            // This limit applies from the first head on. The table has its default size: h2 shrinks
            // it only after the peer acknowledges the setting, and a hostile peer never does.
            .max_header_list_size(field_bytes)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_pending_accept_reset_streams(RESET_STREAMS)
            .max_local_error_reset_streams(BROKEN_STREAMS)
            .keep_alive_interval(limits.idle_timeout / 2)
            .keep_alive_timeout(limits.stall_timeout);
        builder
    }
}
