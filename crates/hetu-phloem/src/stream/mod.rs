//! Replies that arrive item by item.

mod open;
mod reading;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use hetu_cambium::Codec;
use hetu_chain::Address;

use self::reading::StreamReader;
use crate::QueryError;
use crate::call::ReplyDecoder;
use crate::selection::{AttemptGuard, StreamGuard};

/// The items of a miner's stream, each as soon as it arrives. It ends after its last item, or after
/// the first error.
///
/// An end without an error proves that no item was added, changed, moved or left out on the way.
/// Before that the stream is not proven to be complete, so dependent actions have to wait for the
/// end.
///
/// Items are read from the network on demand, so a slow reader slows the miner down and memory use
/// is small. Dropping the stream closes it, and the miner stops working.
#[must_use = "a stream is read by polling it"]
pub struct ReplyStream<Item> {
    miner: Address,
    request_id: Option<Box<str>>,
    reading: Option<StreamReader>,
    /// The time from the request to the verified head.
    head_took: Duration,
    guard: Option<StreamGuard>,
    decoder: ReplyDecoder<Item>,
}

impl<Item> ReplyStream<Item> {
    /// Returns the miner that signs the stream.
    pub const fn miner(&self) -> Address {
        self.miner
    }

    /// Returns the identifier of the request in the miner's log, if the reply had one, as
    /// [`Answer::request_id`](crate::Answer::request_id).
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Counts the stream as in flight by `guard`, which records the end of the stream.
    pub(crate) fn guarded_by(mut self, guard: AttemptGuard) -> Self {
        self.guard = Some(StreamGuard::new(guard, self.head_took));
        self
    }
}

impl<Item> Stream for ReplyStream<Item> {
    type Item = Result<Item, QueryError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(reading) = &mut this.reading else { return Poll::Ready(None) };
        let next = ready!(reading.poll_item(context)).map(|item| {
            let item = item?;
            // Items are in JSON, whatever the codec of the request.
            let decoded = this.decoder.decode(Codec::Json, item.as_bytes());
            decoded.map_err(|error| QueryError::undecodable(&error, this.request_id.clone()))
        });
        if !matches!(next, Some(Ok(_))) {
            // Closes the connection, unless the reply is read to its end.
            this.reading = None;
            if let Some(guard) = this.guard.take() {
                guard.end(next.as_ref().and_then(|item| item.as_ref().err()));
            }
        }
        Poll::Ready(next)
    }
}

impl<Item> fmt::Debug for ReplyStream<Item> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReplyStream")
            .field("miner", &self.miner)
            .field("is_over", &self.reading.is_none())
            .finish_non_exhaustive()
    }
}
