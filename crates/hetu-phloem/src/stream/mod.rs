//! Replies that come item by item.

mod open;
mod reading;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use hetu_chain::Address;
use serde::de::DeserializeOwned;

use self::reading::Reading;
use crate::QueryError;

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
    reading: Option<Reading>,
    item: PhantomData<fn() -> Item>,
}

impl<Item> ReplyStream<Item> {
    /// The miner that signs the stream.
    pub const fn miner(&self) -> Address {
        self.miner
    }
}

impl<Item: DeserializeOwned> Stream for ReplyStream<Item> {
    type Item = Result<Item, QueryError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(reading) = &mut this.reading else { return Poll::Ready(None) };
        let next = ready!(reading.poll_item(context)).map(|item| {
            let item = item?;
            serde_json::from_str(&item)
                .map_err(|error| QueryError::Undecodable { reason: error.to_string() })
        });
        if !matches!(next, Some(Ok(_))) {
            // Closes the connection, unless the reply is read to its end.
            this.reading = None;
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
