//! A connection to a miner, with or without TLS.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::client::TlsStream;

use super::certificate::SeenCertificate;
use super::head::InterimLimit;
use super::pace::FramePace;

/// The maximum bytes of one read if frames are counted.
const PIECE: usize = 16 * 1024;

/// A connection. It counts as open until it is dropped.
#[derive(Debug)]
pub(crate) struct MinerStream {
    transport: MinerTransport,
    guard: ReadGuard,
}

/// The bounds of an open connection.
#[derive(Debug)]
pub(super) struct ReadGuard {
    pub(super) interim: InterimLimit,
    /// `None` in HTTP/1.1, where reading waits until the content is taken.
    pub(super) pace: Option<FramePace>,
    /// The permit of the connection, held until it is closed.
    pub(super) _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum MinerTransport {
    Plain(TokioIo<TcpStream>),
    Secure { stream: Box<TokioIo<TlsStream<TcpStream>>>, certificate: Option<SeenCertificate> },
}

impl MinerStream {
    pub(super) const fn plain(stream: TokioIo<TcpStream>, guard: ReadGuard) -> Self {
        Self { transport: MinerTransport::Plain(stream), guard }
    }

    pub(super) fn secure(
        stream: TlsStream<TcpStream>,
        certificate: Option<SeenCertificate>,
        mut guard: ReadGuard,
    ) -> Self {
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            guard.pace.get_or_insert_with(FramePace::new);
        }
        let stream = Box::new(TokioIo::new(stream));
        Self { transport: MinerTransport::Secure { stream, certificate }, guard }
    }
}

impl MinerTransport {
    /// Reads at the rate of `pace`, which counts the bytes. That costs a copy, because a buffer of
    /// hyper cannot be inspected.
    fn poll_counted(
        &mut self,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
        pace: &mut FramePace,
    ) -> Poll<io::Result<()>> {
        ready!(pace.poll_ready(context));
        let mut space = [MaybeUninit::uninit(); PIECE];
        let room = buffer.remaining().min(PIECE);
        let mut piece = ReadBuf::uninit(&mut space[..room]);
        ready!(match self {
            Self::Plain(stream) => Pin::new(stream.inner_mut()).poll_read(context, &mut piece),
            Self::Secure { stream, .. } =>
                Pin::new(stream.inner_mut()).poll_read(context, &mut piece),
        })?;
        pace.count(piece.filled());
        buffer.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl Connection for MinerStream {
    fn connected(&self) -> Connected {
        match &self.transport {
            MinerTransport::Plain(stream) => stream.connected(),
            MinerTransport::Secure { stream, certificate } => {
                let (tcp, session) = stream.inner().get_ref();
                let mut connected = tcp.connected();
                if session.alpn_protocol() == Some(b"h2") {
                    connected = connected.negotiated_h2();
                }
                match certificate {
                    Some(certificate) => connected.extra(*certificate),
                    None => connected,
                }
            }
        }
    }
}

impl Read for MinerStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { transport, guard } = &mut *self;
        if guard.interim.is_exceeded() {
            return Poll::Ready(Err(io::Error::other("too many interim replies")));
        }
        if let Some(pace) = &mut guard.pace {
            return transport.poll_counted(context, buffer, pace);
        }
        match transport {
            MinerTransport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            MinerTransport::Secure { stream, .. } => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl Write for MinerStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            MinerTransport::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            MinerTransport::Secure { stream, .. } => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            MinerTransport::Plain(stream) => Pin::new(stream).poll_flush(context),
            MinerTransport::Secure { stream, .. } => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            MinerTransport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            MinerTransport::Secure { stream, .. } => Pin::new(stream).poll_shutdown(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            MinerTransport::Plain(stream) => stream.is_write_vectored(),
            MinerTransport::Secure { stream, .. } => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            MinerTransport::Plain(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            MinerTransport::Secure { stream, .. } => {
                Pin::new(stream).poll_write_vectored(context, buffers)
            }
        }
    }
}
