//! The bytes of a connection, in cleartext or over TLS, including bytes that were already read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::activity::{Activity, Outgoing};
use super::http2_reading::{Http2Reading, TURN_BYTES};

/// The first bytes of an HTTP/2 client (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Buffer size that is enough for the head of almost every request.
const FIRST_BYTES: usize = 4 * 1024;

/// A connection with counted bytes.
pub(super) struct CountedConnection {
    bytes: Security,
    /// Bytes that were already read, and that are returned again.
    prefix: Bytes,
    activity: Arc<Activity>,
    /// The HTTP/2 reading state, or `None` in HTTP/1.1.
    http2: Option<Http2Reading>,
}

enum Security {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl CountedConnection {
    pub(super) fn clear(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { bytes: Security::Clear(stream), prefix: Bytes::new(), activity, http2: None }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>, activity: Arc<Activity>) -> Self {
        Self { bytes: Security::Tls(Box::new(stream)), prefix: Bytes::new(), activity, http2: None }
    }

    /// Detects whether the peer uses HTTP/2, by the protocol negotiated in the handshake or by its
    /// first bytes.
    pub(super) async fn detect_http2(&mut self) -> io::Result<bool> {
        if let Security::Tls(stream) = &self.bytes
            && stream.get_ref().1.alpn_protocol() == Some(b"h2")
        {
            return Ok(true);
        }
        let mut first = Vec::with_capacity(FIRST_BYTES);
        while first.len() < PREFACE.len() && PREFACE.starts_with(&first) {
            if self.read_buf(&mut first).await? == 0 {
                break;
            }
        }
        let is_http2 = first.starts_with(PREFACE);
        self.prefix = first.into();
        Ok(is_http2)
    }

    /// Follows the HTTP/2 frames from now on.
    pub(super) const fn follow_http2(&mut self) {
        self.http2 = Some(Http2Reading::new());
    }

    fn stream(&mut self) -> Pin<&mut (dyn ByteStream + Send + Unpin)> {
        match &mut self.bytes {
            Security::Clear(stream) => Pin::new(stream),
            Security::Tls(stream) => Pin::new(&mut **stream),
        }
    }

    fn count(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.activity.set_blocked(Outgoing::Written, written.is_pending());
        if let Poll::Ready(Ok(bytes)) = written {
            self.activity.note_written(bytes);
        }
        written
    }
}

trait ByteStream: AsyncRead + AsyncWrite {}

impl<S: AsyncRead + AsyncWrite> ByteStream for S {}

impl CountedConnection {
    fn poll_bytes(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.has_remaining() {
            let length = self.prefix.len().min(buffer.remaining());
            buffer.put_slice(&self.prefix.split_to(length));
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(self.stream().poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.note_read();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_http2(
        &mut self,
        mut reading: Http2Reading,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if reading.take_turn_end() {
            self.http2 = Some(reading);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut bytes = [0; TURN_BYTES];
        let mut piece = ReadBuf::new(&mut bytes[..TURN_BYTES.min(buffer.remaining())]);
        let polled = self.poll_bytes(context, &mut piece);
        if polled.is_pending() {
            reading.note_pause();
        }
        let followed = reading.follow(piece.filled());
        self.http2 = Some(reading);
        ready!(polled)?;
        followed?;
        buffer.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for CountedConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.http2.take() {
            Some(reading) => self.poll_http2(reading, context, buffer),
            None => self.poll_bytes(context, buffer),
        }
    }
}

impl AsyncWrite for CountedConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write(context, buffer);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write_vectored(context, buffers);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.bytes {
            Security::Clear(stream) => stream.is_write_vectored(),
            Security::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream().poll_flush(context);
        self.activity.set_blocked(Outgoing::Flushed, flushed.is_pending());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
