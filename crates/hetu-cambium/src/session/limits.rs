//! How many sessions a miner keeps, and for how long.

use std::time::Duration;

/// The sessions that a miner keeps. One takes about a kilobyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// How many sessions there may be at the same time.
    pub(crate) capacity: usize,
    /// How many of them one account may have. One more ends the oldest.
    pub(crate) per_account: usize,
    /// How long a session lasts at most, in whole seconds.
    pub(crate) lifetime: Duration,
}

impl Default for SessionLimits {
    /// 2^14 sessions, 8 of each account, for an hour.
    fn default() -> Self {
        Self { capacity: 1 << 14, per_account: 8, lifetime: Duration::from_secs(3_600) }
    }
}

impl SessionLimits {
    /// Keeps up to `capacity` sessions.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Keeps up to `per_account` sessions of one account.
    #[must_use]
    pub const fn with_per_account(mut self, per_account: usize) -> Self {
        self.per_account = per_account;
        self
    }

    /// Lets sessions last for up to `lifetime`.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Returns the largest number of sessions.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the largest number of sessions of one account.
    pub const fn per_account(&self) -> usize {
        self.per_account
    }

    /// Returns the longest life of a session.
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }
}
