//! Bounds on the simultaneous work of a miner.

/// Bounds on running and waiting calls.
///
/// A call runs from the call of its handler until its reply is complete or its stream has ended.
/// Before that it waits in a queue, most urgent first: see
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
    /// Sets the number of simultaneous running calls, at least 1. Default: 64.
    #[must_use]
    pub const fn with_at_once(mut self, calls: usize) -> Self {
        self.at_once = calls;
        self
    }

    /// Sets the number of running and waiting calls of one caller, at least 1; more are refused
    /// (429, `rate_limited`). Default: 256, the same as connections of one address.
    #[must_use]
    pub const fn with_at_once_per_caller(mut self, calls: usize) -> Self {
        self.at_once_per_caller = calls;
        self
    }

    /// Sets the number of waiting calls. If the queue is full, the least urgent call is refused
    /// (503, `overloaded`). The content of waiting calls stays in memory. Default: 512.
    #[must_use]
    pub const fn with_queue(mut self, calls: usize) -> Self {
        self.queue = calls;
        self
    }
}
