//! The updates that a subscriber receives.

use std::sync::Arc;

use hetu_chain::{Retryability, Retryable};
use tokio::sync::broadcast;

use crate::SubnetUpdate;

/// A subscription to the changes of a subnet. A reader that falls 256 updates behind misses the
/// oldest and receives [`MissedUpdates`].
#[derive(Debug)]
pub struct SubnetUpdates {
    updates: broadcast::Receiver<Arc<SubnetUpdate>>,
}

/// A notice that updates were missed. Continue from the current view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} updates were missed: compare the newest view with the last one that was seen")]
#[non_exhaustive]
pub struct MissedUpdates {
    /// Number of missed updates.
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

    /// Returns the next update that changes the subnet, or `None` once the last handle is gone.
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
