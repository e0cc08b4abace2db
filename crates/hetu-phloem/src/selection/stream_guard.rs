//! The guard of a stream, which lasts until the stream ends.

use std::time::Duration;

use super::attempt_guard::AttemptGuard;
use crate::{OutcomeClass, QueryError};

/// The guard of a stream whose head is verified. Dropping it says that the rest was not read.
#[derive(Debug)]
pub(crate) struct StreamGuard {
    guard: Option<AttemptGuard>,
    head_took: Duration,
}

impl StreamGuard {
    /// A miner that was on probation has passed it: its key signed the head.
    pub(crate) fn new(mut guard: AttemptGuard, head_took: Duration) -> Self {
        guard.pass_probation(head_took);
        Self { guard: Some(guard), head_took }
    }

    /// The stream ended, by `error` or as it should. How long the head took is the latency: the
    /// rest is as long as what it tells. The time that is over may be that of a slow reader, so
    /// nobody is blamed for it.
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
