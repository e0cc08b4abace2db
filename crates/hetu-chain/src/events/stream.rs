//! The notices of a follower, as they come.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use super::follow::Follower;
use super::query::EventQuery;
use super::{EventError, EventNotice};

/// Notices that wait for a slow reader. The chain is not read any further meanwhile.
const WAITING_NOTICES: usize = 256;

/// The events of the chain as it grows, every one once, in order; made by
/// [`Events::follow`](crate::events::Events::follow).
///
/// Nodes that fail are waited for and come back to, for as long as it takes: the time of the last
/// [`EventNotice::Block`] tells how old the knowledge is. Dropping the stream ends the task that
/// feeds it. Also a [`Stream`].
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

    /// Looks for a new block now, without waiting for the next poll or call of a subscription.
    pub fn look_now(&self) {
        self.wake.notify_one();
    }

    /// The next notice. Waits as long as nothing happens; nothing comes after an error.
    ///
    /// Cancel safe: no notice is lost or repeated if the future is dropped.
    ///
    /// # Errors
    /// [`EventError::ReorgTooDeep`]; [`EventError::Contradiction`] if it persists;
    /// [`EventError::Chain`] if nodes refuse what is needed.
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
