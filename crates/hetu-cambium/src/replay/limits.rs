//! How much is remembered, and how little is too little.

use std::time::Duration;

use hetu_chain::{Retryability, Retryable};

/// How much a [`ReplayGuard`](crate::ReplayGuard) remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayLimits {
    /// How long after its creation a signature can still be told from a new one. At least the
    /// [`span`](crate::AcceptanceWindow::span) of the window; the span itself if not set.
    pub(crate) retention: Option<Duration>,
    /// How many signatures are remembered at most. One takes 25 to 50 bytes.
    pub(crate) capacity: usize,
    /// How many accounts can have remembered signatures at the same time.
    pub(crate) principals: usize,
}

impl Default for ReplayLimits {
    /// 2^20 signatures of 2^16 accounts: about 11,000 requests a second with signatures that are
    /// valid for 60 seconds, in less than 64 MiB.
    fn default() -> Self {
        Self { retention: None, capacity: 1 << 20, principals: 1 << 16 }
    }
}

impl ReplayLimits {
    /// Remembers for `retention`.
    #[must_use]
    pub const fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Remembers up to `capacity` signatures.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Remembers signatures of up to `principals` accounts.
    #[must_use]
    pub const fn with_principals(mut self, principals: usize) -> Self {
        self.principals = principals;
        self
    }
}

/// Limits under which a [`ReplayGuard`](crate::ReplayGuard) could not keep its promise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsafeReplayLimits {
    /// Signatures would be forgotten while they are still acceptable.
    #[error(
        "signatures must be remembered for {needed:?}, the whole window in which they are \
        accepted, and not only for {given:?}"
    )]
    Retention {
        /// The retention that was asked for.
        given: Duration,
        /// The least retention that is safe.
        needed: Duration,
    },
    /// The capacity or the number of principals is zero.
    #[error("there must be room for at least one signature of one account")]
    NoRoom,
}

impl Retryable for UnsafeReplayLimits {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
