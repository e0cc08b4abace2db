//! The stream of notices of a follower.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use super::follow::Follower;
use super::query::EventQuery;
use super::{EventError, EventNotice};

/// The number of notices buffered for a slow reader. The chain is not read further while the buffer
/// is full.
const WAITING_NOTICES: usize = 256;

/// A stream of the chain's events as it grows, each yielded once and in order. It is created by
/// [`Events::follow`](crate::events::Events::follow).
///
/// Failed nodes are retried without a time limit. The time of the last [`EventNotice::Block`] shows
/// the age of the state. Dropping the value ends the task that feeds it. It also implements
/// [`Stream`].
#[derive(Debug)]
pub struct EventStream {
    notices: mpsc::Receiver<Result<EventNotice, EventError>>,
    follower: AbortHandle,
    wake: Arc<Notify>,
}

impl EventStream {
    pub(super) fn spawn(query: EventQuery) -> Self {
        let (sender, notices) = mpsc::channel(WAITING_NOTICES);
        let wake = Arc::new(Notify::new());
        let follower = Follower::new(query, Arc::clone(&wake)).run(sender);
        let follower = tokio::spawn(follower).abort_handle();
        Self { notices, follower, wake }
    }

    /// Checks for a new block immediately, without waiting for the next poll or subscription
    /// message.
    pub fn look_now(&self) {
        self.wake.notify_one();
    }

    /// Returns the next notice. Waits until there is one, and returns `None` after an error.
    ///
    /// # Cancel safety
    /// This function is cancel safe: no notice is lost or repeated if the future is dropped.
    ///
    /// # Errors
    /// [`EventError::ReorgTooDeep`]; [`EventError::Contradiction`] if it persists;
    /// [`EventError::Chain`] if nodes refuse a required request.
    pub async fn next(&mut self) -> Option<Result<EventNotice, EventError>> {
        self.notices.recv().await
    }
}

impl Stream for EventStream {
    type Item = Result<EventNotice, EventError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.notices.poll_recv(context)
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.follower.abort();
    }
}
