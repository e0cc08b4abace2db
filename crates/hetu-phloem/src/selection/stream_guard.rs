//! The guard of a stream, which lasts until the stream ends.

use std::time::Duration;

use super::attempt_guard::AttemptGuard;
use crate::{OutcomeClass, QueryError};

/// The guard of a stream with a verified head. Dropping it reports that the rest was not read.
#[derive(Debug)]
pub(crate) struct StreamGuard {
    guard: Option<AttemptGuard>,
    head_took: Duration,
}

impl StreamGuard {
    /// Returns the guard. A miner on probation has passed it: its key signed the head.
    pub(crate) fn new(mut guard: AttemptGuard, head_took: Duration) -> Self {
        guard.pass_probation(head_took);
        Self { guard: Some(guard), head_took }
    }

    /// Records the end of the stream, by `error` or as complete. The latency is that of the head,
    /// because the rest depends on the length of the stream. A timeout may be due to a slow reader,
    /// so it does not count against the miner.
    pub(crate) fn end(mut self, error: Option<&QueryError>) {
        let class = match error.map(QueryError::class) {
            None => OutcomeClass::Success,
            Some(OutcomeClass::TimedOut) => OutcomeClass::Cancelled,
            Some(class) => class,
        };
        self.settle(class);
    }

    fn settle(&mut self, class: OutcomeClass) {
        if let Some(guard) = self.guard.take() {
            guard.settle_as(class, self.head_took);
        }
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.settle(OutcomeClass::Cancelled);
    }
}
