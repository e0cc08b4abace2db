//! A connection to a miner, with or without TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::client::TlsStream;

use super::certificate::SeenCertificate;

/// A connection. It counts as open until it is dropped.
#[derive(Debug)]
pub(crate) struct MinerStream {
    transport: Transport,
    _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Transport {
    Plain(TokioIo<TcpStream>),
    Secure { stream: Box<TokioIo<TlsStream<TcpStream>>>, certificate: Option<SeenCertificate> },
}

impl MinerStream {
    pub(super) const fn plain(stream: TokioIo<TcpStream>, room: OwnedSemaphorePermit) -> Self {
        Self { transport: Transport::Plain(stream), _room: room }
    }

    pub(super) fn secure(
        stream: TlsStream<TcpStream>,
        certificate: Option<SeenCertificate>,
        room: OwnedSemaphorePermit,
    ) -> Self {
        let stream = Box::new(TokioIo::new(stream));
        Self { transport: Transport::Secure { stream, certificate }, _room: room }
    }
}

impl Connection for MinerStream {
    fn connected(&self) -> Connected {
        match &self.transport {
            Transport::Plain(stream) => stream.connected(),
            Transport::Secure { stream, certificate } => {
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
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Transport::Secure { stream, .. } => Pin::new(stream).poll_read(context, buffer),
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
            Transport::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Transport::Secure { stream, .. } => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Secure { stream, .. } => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Transport::Secure { stream, .. } => Pin::new(stream).poll_shutdown(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Secure { stream, .. } => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            Transport::Secure { stream, .. } => {
                Pin::new(stream).poll_write_vectored(context, buffers)
            }
        }
    }
}
