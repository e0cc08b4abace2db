//! The guard of an attempt to ask one miner once.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::breaker::BreakerAtStart;
use super::endpoint_stats::{AttemptReport, EndpointStats};
use super::state::SelectionState;
use crate::{Answer, OutcomeClass, QueryError};

/// An attempt to ask one miner once. Dropping it reports a cancelled attempt.
#[derive(Debug)]
pub(crate) struct AttemptGuard {
    state: Arc<SelectionState>,
    stats: Arc<EndpointStats>,
    started: Instant,
    breaker: BreakerAtStart,
    is_settled: bool,
}

impl AttemptGuard {
    pub(super) fn new(
        state: Arc<SelectionState>,
        stats: Arc<EndpointStats>,
        is_probation: bool,
    ) -> Self {
        let breaker = match stats.health.breaker().admits() {
            _ if is_probation => BreakerAtStart::Probation,
            true => BreakerAtStart::Closed,
            false => BreakerAtStart::Tripped,
        };
        Self { state, stats, started: Instant::now(), breaker, is_settled: false }
    }

    /// Records an outcome. `was_cut_short` means that the caller's deadline came before the limit
    /// of the attempt; a timeout then does not count against the miner.
    pub(crate) fn settle<Reply>(
        mut self,
        outcome: &Result<Answer<Reply>, QueryError>,
        was_cut_short: bool,
    ) -> OutcomeClass {
        match outcome {
            Ok(answer) => {
                self.learn(OutcomeClass::Success, answer.latency, None);
                OutcomeClass::Success
            }
            Err(error) => self.settle_error(error, was_cut_short),
        }
    }

    /// Records an outcome that is no answer, as [`AttemptGuard::settle`].
    pub(crate) fn settle_error(mut self, error: &QueryError, was_cut_short: bool) -> OutcomeClass {
        let class = match error.class() {
            OutcomeClass::TimedOut if was_cut_short => OutcomeClass::Cancelled,
            class => class,
        };
        self.learn(class, self.started.elapsed(), error.retry_after());
        class
    }

    /// Records an outcome of a known class, as [`AttemptGuard::settle`].
    pub(super) fn settle_as(mut self, class: OutcomeClass, latency: Duration) {
        self.learn(class, latency, None);
    }

    /// Ends a probation before the answer is complete: the miner's signature on a part of it is
    /// enough.
    pub(super) fn pass_probation(&mut self, latency: Duration) {
        let at_start = std::mem::replace(&mut self.breaker, BreakerAtStart::Closed);
        if at_start != BreakerAtStart::Closed {
            let now = self.state.now();
            self.stats.pass_probation(at_start, latency, now);
            self.state.look_around(true, now);
        }
    }

    fn learn(&mut self, class: OutcomeClass, latency: Duration, retry_after: Option<Duration>) {
        self.is_settled = true;
        let now = self.state.now();
        if class == OutcomeClass::Success {
            self.state.latencies.record(latency, now);
        }
        let turned = self.stats.learn(&AttemptReport {
            class,
            latency,
            retry_after,
            breaker: self.breaker,
            assumed_latency: self.state.unknown_latency(),
            random: &self.state.random,
            now,
        });
        self.state.look_around(turned, now);
    }
}

impl Drop for AttemptGuard {
    fn drop(&mut self) {
        if !self.is_settled {
            self.learn(OutcomeClass::Cancelled, self.started.elapsed(), None);
        }
    }
}
