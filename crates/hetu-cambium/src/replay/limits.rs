//! Limits of the memory of used signatures.

use std::time::Duration;

use hetu_chain::{Retryability, Retryable};

/// The limits of the memory of a [`ReplayGuard`](crate::ReplayGuard).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayLimits {
    /// The time after its creation for which a signature is remembered. At least the
    /// [`span`](crate::AcceptanceWindow::span) of the window; the span itself if it is `None`.
    pub(crate) retention: Option<Duration>,
    /// Maximum number of remembered signatures. One takes 25 to 50 bytes.
    pub(crate) capacity: usize,
    /// Maximum number of accounts that have remembered signatures at the same time.
    pub(crate) principals: usize,
}

impl Default for ReplayLimits {
    /// Returns limits of 2^20 signatures of 2^16 accounts: about 11,000 requests a second with
    /// signatures that are valid for 60 seconds, in less than 64 MiB.
    fn default() -> Self {
        Self { retention: None, capacity: 1 << 20, principals: 1 << 16 }
    }
}

impl ReplayLimits {
    /// Sets the time for which signatures are remembered.
    #[must_use]
    pub const fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Sets the maximum number of remembered signatures.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets the maximum number of accounts with remembered signatures.
    #[must_use]
    pub const fn with_principals(mut self, principals: usize) -> Self {
        self.principals = principals;
        self
    }
}

/// Limits with which a [`ReplayGuard`](crate::ReplayGuard) could not prevent replays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsafeReplayLimits {
    /// A retention after which signatures would be forgotten while they are still acceptable.
    #[error(
        "signatures must be remembered for {needed:?}, the whole window in which they are \
        accepted, and not only for {given:?}"
    )]
    Retention {
        /// The requested retention.
        given: Duration,
        /// The shortest safe retention.
        needed: Duration,
    },
    /// A capacity or a number of principals of zero.
    #[error("there must be room for at least one signature of one account")]
    NoRoom,
}

impl Retryable for UnsafeReplayLimits {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
