//! Handlers that answer with a stream of items.

use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;

use futures_util::{Stream, StreamExt};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::mpsc;

use crate::handler::HandlerError;

/// The number of items that a handler may be ahead of its caller.
pub(crate) const ITEMS_AHEAD: usize = 16;

/// A function that serves calls with streams: any `Fn(Request, ItemSender<Item>) -> impl
/// Future<Output = Result<(), HandlerError>>` that can be shared between threads.
///
/// The stream is complete when the future is ready and every clone of the sender is dropped. An
/// error before the first item is an ordinary reply with its own status. A later error ends the
/// stream with the reason. The future is dropped when the caller disconnects or the deadline
/// passes.
pub trait StreamFn<Request, Item>:
    Fn(Request, ItemSender<Item>) -> <Self as StreamFn<Request, Item>>::Future + Send + Sync + 'static
{
    /// The future that the function returns.
    type Future: Future<Output = Result<(), HandlerError>> + Send + 'static;
}

impl<Function, Request, Item, Fut> StreamFn<Request, Item> for Function
where
    Function: Fn(Request, ItemSender<Item>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    type Future = Fut;
}

/// A sender of the items of a stream.
pub struct ItemSender<Item> {
    items: mpsc::Sender<Box<RawValue>>,
    types: PhantomData<fn(Item)>,
}

impl<Item: Serialize> ItemSender<Item> {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Box<RawValue>>) {
        let (items, receiver) = mpsc::channel(ITEMS_AHEAD);
        (Self { items, types: PhantomData }, receiver)
    }

    /// Sends `item` to the caller. Waits while the caller is 16 items behind.
    ///
    /// # Cancel safety
    /// If the future is dropped, the item is not sent.
    ///
    /// # Errors
    /// An internal error if the item cannot be encoded as JSON, or if the caller has disconnected.
    /// Only a handler that works in its own task receives the second error.
    pub async fn send(&self, item: Item) -> Result<(), HandlerError> {
        let item = to_raw_value(&item)?;
        Ok(self.items.send(item).await.map_err(|_| CallerGone)?)
    }

    /// Sends every item of `items`, up to the first error.
    ///
    /// # Errors
    /// The error of an item, or an error of [`send`](Self::send).
    pub async fn send_all(
        &self,
        items: impl Stream<Item = Result<Item, HandlerError>> + Send,
    ) -> Result<(), HandlerError> {
        let mut items = pin!(items);
        while let Some(item) = items.next().await {
            self.send(item?).await?;
        }
        Ok(())
    }
}

/// The error of a caller that no longer waits for the rest of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller has gone away")]
struct CallerGone;

impl<Item> Clone for ItemSender<Item> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), types: PhantomData }
    }
}

impl<Item> fmt::Debug for ItemSender<Item> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ItemSender").finish_non_exhaustive()
    }
}
