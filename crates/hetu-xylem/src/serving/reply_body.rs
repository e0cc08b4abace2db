//! The content of a reply: whole, or piece by piece.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};

/// What went wrong while a reply was written: the connection is closed then, before its end.
pub type ReplyBodyError = Box<dyn Error + Send + Sync>;

/// The content of a reply. Most are whole and sent with their length; a stream is sent piece by
/// piece as it comes, and dropping it ends the work behind it.
pub struct ReplyBody(ReplyContent);

enum ReplyContent {
    Whole(Full<Bytes>),
    Stream(Pin<Box<dyn Body<Data = Bytes, Error = ReplyBodyError> + Send>>),
}

impl ReplyBody {
    /// Content that is there already.
    pub fn whole(content: impl Into<Bytes>) -> Self {
        Self(ReplyContent::Whole(Full::new(content.into())))
    }

    /// Content that comes piece by piece. It is asked for the next piece only when the connection
    /// has taken the one before.
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
    /// No content.
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
