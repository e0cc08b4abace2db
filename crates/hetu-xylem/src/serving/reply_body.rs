//! The content of a reply, whole or streamed.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};

/// An error while a reply is written. The connection then closes before the end of the reply.
pub type ReplyBodyError = Box<dyn Error + Send + Sync>;

/// The content of a reply. Most content is whole and sent with its length. A stream is sent piece
/// by piece as it is produced, and dropping it ends the work behind it.
pub struct ReplyBody(ReplyContent);

enum ReplyContent {
    Whole(Full<Bytes>),
    Stream(Pin<Box<dyn Body<Data = Bytes, Error = ReplyBodyError> + Send>>),
}

impl ReplyBody {
    /// Creates content that is already complete.
    pub fn whole(content: impl Into<Bytes>) -> Self {
        Self(ReplyContent::Whole(Full::new(content.into())))
    }

    /// Creates content that is produced piece by piece. The next piece is requested only after the
    /// connection has accepted the previous one.
    pub fn stream<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<ReplyBodyError>,
    {
        Self(ReplyContent::Stream(Box::pin(body.map_err(Into::into))))
    }
}

impl From<Bytes> for ReplyBody {
    fn from(content: Bytes) -> Self {
        Self::whole(content)
    }
}

impl Default for ReplyBody {
    /// Returns empty content.
    fn default() -> Self {
        Self::whole(Bytes::new())
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = ReplyBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReplyBodyError>>> {
        match &mut self.0 {
            ReplyContent::Whole(whole) => Pin::new(whole).poll_frame(context).map_err(Into::into),
            ReplyContent::Stream(stream) => stream.as_mut().poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            ReplyContent::Whole(whole) => whole.is_end_stream(),
            ReplyContent::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            ReplyContent::Whole(whole) => whole.size_hint(),
            ReplyContent::Stream(stream) => stream.size_hint(),
        }
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.0 {
            ReplyContent::Whole(_) => "ReplyBody(whole)",
            ReplyContent::Stream(_) => "ReplyBody(stream)",
        })
    }
}
