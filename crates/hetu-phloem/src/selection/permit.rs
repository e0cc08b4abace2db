//! The permit to ask one miner once, and what is learned of how that ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::core::Selection;
use super::standing::EndpointStats;
use super::timeline::Moment;
use crate::{Answer, OutcomeClass, QueryError};

/// The permit to ask one miner once. Dropping it says that the answer was not waited for.
#[derive(Debug)]
pub(crate) struct AttemptGuard {
    selection: Arc<Selection>,
    standing: Arc<EndpointStats>,
    started: Instant,
    is_probation: bool,
    /// `true` if the breaker was tripped when the attempt began. A verified reply closes it then, also
    /// outside a probation: a direct query may ask a miner that the router leaves out.
    began_tripped: bool,
    is_settled: bool,
}

impl AttemptGuard {
    pub(super) fn new(
        selection: Arc<Selection>,
        standing: Arc<EndpointStats>,
        is_probation: bool,
    ) -> Self {
        let began_tripped = !standing.breaker.is_open();
        Self {
            selection,
            standing,
            started: Instant::now(),
            is_probation,
            began_tripped,
            is_settled: false,
        }
    }

    /// Takes note of an outcome. A miner is not blamed for time that it was not given:
    /// `was_cut_short` says that the caller's deadline came before the limit of the attempt.
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

    /// As [`AttemptGuard::settle`], of what was no answer.
    pub(crate) fn settle_error(mut self, error: &QueryError, was_cut_short: bool) -> OutcomeClass {
        let class = match error.class() {
            OutcomeClass::TimedOut if was_cut_short => OutcomeClass::Cancelled,
            class => class,
        };
        self.learn(class, self.started.elapsed(), error.retry_after());
        class
    }

    /// As [`AttemptGuard::settle`], of what is classed already.
    pub(super) fn settle_as(mut self, class: OutcomeClass, latency: Duration) {
        self.learn(class, latency, None);
    }

    /// The miner signed something before all of its answer is there, which is what a probation is
    /// for.
    pub(super) fn pass_probation(&mut self, latency: Duration) {
        self.is_probation = false;
        if std::mem::take(&mut self.began_tripped) {
            let now = self.selection.now();
            self.standing.breaker.succeed(true, now);
            self.standing.come_back(Some(latency), now);
            self.selection.look_around(true, now);
        }
    }

    fn learn(&mut self, class: OutcomeClass, latency: Duration, retry_after: Option<Duration>) {
        self.is_settled = true;
        let (standing, now) = (&self.standing, self.selection.now());
        standing.in_flight.fetch_sub(1, Ordering::Relaxed);
        standing.tally(class);
        let turned = self.judge(class, latency, retry_after, now);
        let observed = class.observation(latency).zip(standing.quality.as_ref());
        if let Some((observation, quality)) = observed {
            quality.observe(observation);
            standing.weigh();
        }
        self.selection.look_around(turned, now);
    }

    /// Whether that opened or shut the breaker.
    fn judge(
        &self,
        class: OutcomeClass,
        latency: Duration,
        retry_after: Option<Duration>,
        now: Moment,
    ) -> bool {
        let (standing, breaker) = (&self.standing, &self.standing.breaker);
        match class {
            OutcomeClass::Refused | OutcomeClass::Cancelled | OutcomeClass::CallerFault => {}
            class => standing.turn_out(class == OutcomeClass::Success, now),
        }
        let jitter = || self.selection.random.share();
        match class {
            OutcomeClass::Success => {
                standing.interval[0].fetch_add(1, Ordering::Relaxed);
                self.selection.latencies.record(latency, now);
                let has_opened = breaker.succeed(self.began_tripped, now);
                if has_opened {
                    standing.come_back(Some(latency), now);
                } else {
                    standing.latency.observe(latency, now);
                }
                has_opened
            }
            // It lives, and said so with its key; how long a refusal takes says nothing of work.
            OutcomeClass::Refused => {
                let has_opened = breaker.succeed(self.began_tripped, now);
                if has_opened {
                    standing.come_back(None, now);
                }
                has_opened
            }
            OutcomeClass::Overloaded => {
                standing.interval[1].fetch_add(1, Ordering::Relaxed);
                standing.penalise(retry_after, now);
                breaker.overload(self.is_probation, jitter(), now)
            }
            OutcomeClass::Failed | OutcomeClass::TimedOut => {
                standing.interval[1].fetch_add(1, Ordering::Relaxed);
                standing.penalise(retry_after, now);
                if class == OutcomeClass::TimedOut {
                    self.took_at_least(latency, now);
                }
                breaker.fail(self.is_probation, jitter(), now)
            }
            OutcomeClass::WrongIdentity => {
                standing.interval[1].fetch_add(1, Ordering::Relaxed);
                standing.penalise(None, now);
                breaker.distrust(now);
                true
            }
            OutcomeClass::Declined => {
                standing.penalise(retry_after, now);
                self.abandon()
            }
            OutcomeClass::Cancelled => {
                self.took_at_least(latency, now);
                self.abandon()
            }
            OutcomeClass::CallerFault => self.abandon(),
        }
    }

    /// What was not waited for is a lower bound: it counts only where it is above what the miner
    /// counts as already.
    fn took_at_least(&self, latency: Duration, now: Moment) {
        let assumed = self.selection.unknown_latency();
        self.standing.latency.observe_at_least(latency, assumed, now);
    }

    fn abandon(&self) -> bool {
        if self.is_probation {
            self.standing.breaker.abandon_probation();
        }
        false
    }
}

impl Drop for AttemptGuard {
    fn drop(&mut self) {
        if !self.is_settled {
            self.learn(OutcomeClass::Cancelled, self.started.elapsed(), None);
        }
    }
}

impl Selection {
    /// Looks at all candidates together if it is time, or if one has turned well or unwell.
    fn look_around(&self, has_turned: bool, now: Moment) {
        let is_due = self.overview.is_due(now);
        if is_due || has_turned {
            let snapshot = self.snapshot();
            self.sweep.sweep(&snapshot, now);
            self.overview.look(&snapshot, now);
        }
    }
}
