//! How much work a miner takes on at a time.

/// How many calls are at work, and how many wait for it.
///
/// A call is at work from when its handler is called until its reply is there, or its stream is
/// over. Until then it waits in a line, the most urgent first: see
/// [`XylemBuilder::priority`](crate::XylemBuilder::priority).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkLimits {
    /// Calls at work at the same time, at least 1. 64 by default.
    pub at_once: usize,
    /// Calls of one caller that are at work or wait for it, at least 1; more are refused (429,
    /// `rate_limited`). 256 by default, as many as connections of one address.
    pub at_once_per_caller: usize,
    /// Calls that wait. Where there is no room for one more, the least urgent is refused (503,
    /// `overloaded`). Their content is in memory meanwhile. 512 by default.
    pub queue: usize,
}

impl Default for WorkLimits {
    fn default() -> Self {
        Self { at_once: 64, at_once_per_caller: 256, queue: 512 }
    }
}

impl WorkLimits {
    /// Has up to `calls` calls at work.
    #[must_use]
    pub const fn with_at_once(mut self, calls: usize) -> Self {
        self.at_once = calls;
        self
    }

    /// Takes up to `calls` calls of one caller.
    #[must_use]
    pub const fn with_at_once_per_caller(mut self, calls: usize) -> Self {
        self.at_once_per_caller = calls;
        self
    }

    /// Lets up to `calls` calls wait.
    #[must_use]
    pub const fn with_queue(mut self, calls: usize) -> Self {
        self.queue = calls;
        self
    }
}
