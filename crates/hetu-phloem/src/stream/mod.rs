//! Replies that come item by item.

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

/// The items of a miner's stream, each as soon as it is there. It ends after its last item, or
/// after the first error.
///
/// That nothing was added, changed, moved or left out on the way is proven when the stream ends
/// without an error, and not before: what depends on it waits for that.
///
/// Items are read from the network as they are asked for, so a slow reader slows the miner down and
/// little is held in memory. Dropping the stream closes it, and the miner stops working.
#[must_use = "a stream is read by polling it"]
pub struct ReplyStream<Item> {
    miner: Address,
    request_id: Option<Box<str>>,
    reading: Option<StreamReader>,
    /// From asking to the verified head.
    head_took: Duration,
    guard: Option<StreamGuard>,
    decoder: ReplyDecoder<Item>,
}

impl<Item> ReplyStream<Item> {
    /// The miner that signs the stream.
    pub const fn miner(&self) -> Address {
        self.miner
    }

    /// The name of the request in the miner's log, if the reply had one, as
    /// [`Answer::request_id`](crate::Answer::request_id).
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Counts as under way by `guard`, which learns how the stream ends.
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
