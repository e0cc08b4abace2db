//! Bounds on the work that a miner takes on at a time.

/// Bounds on the calls that are at work, and that wait for it.
///
/// A call is at work from when its handler is called until its reply is there, or its stream is
/// over. Until then it waits in a line, the most urgent first: see
/// [`XylemBuilder::priority`](crate::XylemBuilder::priority).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    pub(crate) at_once: usize,
    pub(crate) at_once_per_caller: usize,
    pub(crate) queue: usize,
}

impl Default for WorkLimits {
    fn default() -> Self {
        Self { at_once: 64, at_once_per_caller: 256, queue: 512 }
    }
}

impl WorkLimits {
    /// Sets the number of calls at work at the same time, at least 1. Default: 64.
    #[must_use]
    pub const fn with_at_once(mut self, calls: usize) -> Self {
        self.at_once = calls;
        self
    }

    /// Sets the number of calls of one caller that are at work or wait for it, at least 1; more are
    /// refused (429, `rate_limited`). Default: 256, as many as connections of one address.
    #[must_use]
    pub const fn with_at_once_per_caller(mut self, calls: usize) -> Self {
        self.at_once_per_caller = calls;
        self
    }

    /// Sets the number of calls that wait. Where there is no room for one more, the least urgent is
    /// refused (503, `overloaded`). Their content is in memory meanwhile. Default: 512.
    #[must_use]
    pub const fn with_queue(mut self, calls: usize) -> Self {
        self.queue = calls;
        self
    }
}
