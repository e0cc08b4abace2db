//! Limits of the number and the lifetime of sessions.

use std::time::Duration;

/// The limits of a miner's sessions. A session takes about a kilobyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Maximum number of sessions at the same time.
    pub(crate) capacity: usize,
    /// Maximum number of sessions of one account. One more ends the oldest.
    pub(crate) per_account: usize,
    /// Maximum lifetime of a session, in whole seconds.
    pub(crate) lifetime: Duration,
}

impl Default for SessionLimits {
    /// Returns 2^14 sessions, 8 of each account, for an hour.
    fn default() -> Self {
        Self { capacity: 1 << 14, per_account: 8, lifetime: Duration::from_secs(3_600) }
    }
}

impl SessionLimits {
    /// Sets the maximum number of sessions.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets the maximum number of sessions of one account.
    #[must_use]
    pub const fn with_per_account(mut self, per_account: usize) -> Self {
        self.per_account = per_account;
        self
    }

    /// Sets the maximum lifetime of a session.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Returns the maximum number of sessions.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the maximum number of sessions of one account.
    pub const fn per_account(&self) -> usize {
        self.per_account
    }

    /// Returns the maximum lifetime of a session.
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }
}
