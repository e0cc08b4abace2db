//! What is spoken on a connection: HTTP/1.1 or HTTP/2, under TLS or in clear.

use std::pin::pin;
use std::sync::Arc;

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::supervision::supervise;
use super::transport::Transport;
use super::{Activity, Admission, LAST_CALL};
use crate::ServerLimits;
use crate::metrics::ConnectionMetrics;
use crate::serving::exchange::{ExchangeContext, exchanges};
use crate::serving::stack::Stack;
use crate::serving::unverified::ConnectionCharge;
use crate::serving::{Miner, RemoteAddress};
use crate::tls::TlsAcceptance;

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TlsFailure {
    /// There are too many at the same time, in all or with this address.
    NoRoom,
    /// It was no handshake, or none that both sides can agree on.
    Refused,
    /// It took too long.
    Timeout,
}

/// hyper needs as much for any head of HTTP/1.1; both versions have the same bound.
pub(in crate::serving) const LEAST_FIELD_BYTES: usize = 8_192;
/// The excess of a head from which the HTTP library refuses it by itself, without a problem
/// document. It is little, since the library decodes as much before anything is charged.
const FIELD_MARGIN: usize = 512;
/// The framing of HTTP/1.1 around the fields that are counted: a method and a hundred times `: `
/// and the end of a line.
const HTTP1_FRAMING: usize = 4 * 1024;
/// How much of a request's content a peer may send on one stream before it is read.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The window for all streams of a connection. h2 keeps half as many bytes of overhead for frames that
/// are smaller than 256 bytes, and ends the connection beyond.
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// How much of a reply waits on a stream until the peer takes it.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that the peer reset before they were looked at, and that broke the protocol.
const RESET_STREAMS: usize = 20;
const BROKEN_STREAMS: usize = 128;

/// Everything that the conversations on all connections share.
pub(in crate::serving) struct Conversations {
    stack: Stack,
    miner: Arc<Miner>,
    limits: ServerLimits,
    tls: Option<TlsAcceptor>,
    handshakes: Arc<Admission>,
    metrics: ConnectionMetrics,
}

impl Conversations {
    pub(in crate::serving) fn new(
        stack: Stack,
        miner: Arc<Miner>,
        tls: Option<&TlsAcceptance>,
        handshakes: Arc<Admission>,
        metrics: ConnectionMetrics,
    ) -> Arc<Self> {
        let tls = tls.map(TlsAcceptance::acceptor);
        let limits = miner.limits;
        Arc::new(Self { stack, miner, limits, tls, handshakes, metrics })
    }

    /// Serves whatever comes on the connection, until it ends.
    pub(in crate::serving) async fn hold(
        self: Arc<Self>,
        stream: TcpStream,
        remote: RemoteAddress,
        charge: Arc<ConnectionCharge>,
        stop: watch::Receiver<bool>,
    ) {
        // Replies are written whole, so waiting for more to send only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is gone already");
            return;
        }
        let activity = Activity::new();
        let mut opening = pin!(self.open(stream, remote, &activity));
        let mut stopped = stop.clone();
        let opened = tokio::select! {
            biased;
            opened = &mut opening => Some(opened),
            _ = stopped.wait_for(|is_stopping| *is_stopping) => None,
        };
        let opened = match opened {
            Some(opened) => opened,
            // A request may have come all the same.
            None => match timeout(LAST_CALL, opening).await {
                Ok(opened) => opened,
                Err(_) => return,
            },
        };
        let end = match opened {
            Ok((_, true)) if charge.speaks_http2(self.limits.streams).is_err() => "no_room",
            Ok((transport, is_http2)) => {
                let context = ExchangeContext {
                    stack: self.stack.clone(),
                    miner: Arc::clone(&self.miner),
                    remote,
                    activity: Arc::clone(&activity),
                    charge,
                };
                let exchanges = exchanges(context);
                let io = TokioIo::new(transport);
                if is_http2 {
                    activity.is_framed();
                    let connection = self.http2().serve_connection(io, exchanges);
                    supervise(connection, &activity, &self.limits, stop).await
                } else {
                    let connection = self.http1().serve_connection(io, exchanges);
                    supervise(connection, &activity, &self.limits, stop).await
                }
                .cause()
            }
            Err(end) => end,
        };
        self.metrics.ended(end);
    }

    /// The connection and whether it speaks HTTP/2; or how it ended before it said anything.
    async fn open(
        &self,
        stream: TcpStream,
        remote: RemoteAddress,
        activity: &Arc<Activity>,
    ) -> Result<(Transport, bool), &'static str> {
        let mut transport = match &self.tls {
            None => Transport::clear(stream, Arc::clone(activity)),
            Some(acceptor) => match self.shake_hands(acceptor, stream, remote, activity).await {
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
        match timeout(self.limits.idle_timeout, transport.is_http2()).await {
            Ok(Ok(is_http2)) => {
                if is_http2 {
                    transport.speaks_http2();
                }
                Ok((transport, is_http2))
            }
            Ok(Err(_)) => Err("broken"),
            Err(_) => Err("idle"),
        }
    }

    async fn shake_hands(
        &self,
        acceptor: &TlsAcceptor,
        stream: TcpStream,
        remote: RemoteAddress,
        activity: &Arc<Activity>,
    ) -> Result<Transport, TlsFailure> {
        let place = self.handshakes.admit(remote.0.ip()).map_err(|_| TlsFailure::NoRoom)?;
        let shaken = timeout(self.limits.handshake_timeout, acceptor.accept(stream)).await;
        drop(place);
        let stream = shaken.map_err(|_| TlsFailure::Timeout)?.map_err(|error| {
            tracing::debug!(%error, "a handshake failed");
            TlsFailure::Refused
        })?;
        Ok(Transport::tls(stream, Arc::clone(activity)))
    }

    fn http1(&self) -> http1::Builder {
        let field_bytes = self.limits.field_bytes.max(LEAST_FIELD_BYTES);
        let head_bytes = field_bytes.saturating_add(HTTP1_FRAMING);
        let mut builder = http1::Builder::new();
        builder
            // The supervision does that, which knows idle time and slow heads apart, and takes no
            // timer for each request.
            .header_read_timeout(None)
            .max_header_size(head_bytes)
            .max_buf_size(head_bytes);
        builder
    }

    fn http2(&self) -> http2::Builder<TokioExecutor> {
        let limits = &self.limits;
        let field_bytes = limits.field_bytes.max(LEAST_FIELD_BYTES).saturating_add(FIELD_MARGIN);
        let field_bytes = u32::try_from(field_bytes).unwrap_or(u32::MAX);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            // Holds from the first head on. The default table stays: h2 makes a smaller one only
            // once the peer has acknowledged it, which a hostile peer never does.
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
