//! The pauses between attempts to open a stream of events that nodes refuse.

use std::time::Duration;

use hetu_chain::resilience::Backoff;
use tokio::time::Instant;

const PAUSES: Backoff = Backoff::between(Duration::from_secs(1), Duration::from_secs(600));

/// The time from which the events may be requested again. It moves forward with each failed stream.
#[derive(Debug)]
pub(super) struct StreamRetry {
    not_before: Instant,
    /// Streams that ended since the last block that a stream yielded.
    failures: u32,
}

impl StreamRetry {
    pub(super) fn new() -> Self {
        Self { not_before: Instant::now(), failures: 0 }
    }

    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.not_before
    }

    /// Starts a pause, which is longer the more streams have failed in a row.
    pub(super) fn pause(&mut self) {
        self.not_before = Instant::now() + PAUSES.delay_after(self.failures);
    }

    pub(super) const fn note_end(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    pub(super) const fn note_block(&mut self) {
        self.failures = 0;
    }
}
