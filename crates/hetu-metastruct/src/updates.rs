//! The updates that a subscriber receives.

use std::sync::Arc;

use hetu_chain::{Retryability, Retryable};
use tokio::sync::broadcast;

use crate::SubnetUpdate;

/// What changes in a subnet, as it happens. A reader that falls 256 updates behind misses the
/// oldest, and is told so.
#[derive(Debug)]
pub struct SubnetUpdates {
    updates: broadcast::Receiver<Arc<SubnetUpdate>>,
}

/// Updates were missed: go on from the view that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} updates were missed: compare the newest view with the last one that was seen")]
#[non_exhaustive]
pub struct MissedUpdates {
    /// How many.
    pub count: u64,
}

impl Retryable for MissedUpdates {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}

impl SubnetUpdates {
    pub(crate) const fn new(updates: broadcast::Receiver<Arc<SubnetUpdate>>) -> Self {
        Self { updates }
    }

    /// The next update that changes something. Waits as long as nothing does, and ends when the
    /// last handle is gone.
    ///
    /// Cancel safe: no update is lost if the future is dropped.
    ///
    /// # Errors
    /// [`MissedUpdates`] if the reader was too slow; later ones follow.
    pub async fn next(&mut self) -> Option<Result<Arc<SubnetUpdate>, MissedUpdates>> {
        match self.updates.recv().await {
            Ok(update) => Some(Ok(update)),
            Err(broadcast::error::RecvError::Lagged(count)) => Some(Err(MissedUpdates { count })),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
