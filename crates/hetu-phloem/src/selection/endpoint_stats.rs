//! The statistics of one miner at one place. Its parts are made of atomics, so that pickers wait
//! for no lock; each part owns the atomics of one invariant.

use std::time::Duration;

use hetu_metastruct::PeerHandle;

use super::breaker::{BreakerAtStart, FailedAttempt};
use super::health::MinerHealth;
use super::latency::{LatencyEstimate, REMEMBERED_FOR};
use super::load::MinerLoad;
use super::ramp::Ramp;
use super::tally::OutcomeTally;
use super::timeline::Moment;
use super::weight::SelectionWeight;
use crate::OutcomeClass;
use crate::random::SeededRandom;

/// The statistics by which one miner is chosen.
#[derive(Debug)]
pub(super) struct EndpointStats {
    pub(super) load: MinerLoad,
    pub(super) latency: LatencyEstimate,
    pub(super) health: MinerHealth,
    pub(super) ramp: Ramp,
    pub(super) weight: SelectionWeight,
    pub(super) tally: OutcomeTally,
}

/// The end of an attempt, and its circumstances.
#[derive(Clone, Copy, Debug)]
pub(super) struct AttemptReport<'a> {
    pub(super) class: OutcomeClass,
    pub(super) latency: Duration,
    pub(super) retry_after: Option<Duration>,
    pub(super) breaker: BreakerAtStart,
    /// The assumed latency in seconds of a miner without any.
    pub(super) assumed_latency: f64,
    /// The source of the jitter of pauses. Only outcomes with a pause draw from it.
    pub(super) random: &'a SeededRandom,
    pub(super) now: Moment,
}

impl EndpointStats {
    /// Begins with the latency that the metastruct remembers. A miner that joins others ramps up.
    pub(super) fn new(peer: Option<PeerHandle>, ramps_since: Option<Moment>) -> Self {
        let remembered = peer.as_ref().and_then(|peer| peer.latency_within(REMEMBERED_FOR));
        Self {
            load: MinerLoad::default(),
            latency: LatencyEstimate::remembered(remembered),
            health: MinerHealth::default(),
            ramp: Ramp::new(ramps_since),
            weight: SelectionWeight::new(peer),
            tally: OutcomeTally::default(),
        }
    }

    /// Returns (latency + remaining penalty) × (requests in flight + 1) / weight, in seconds. An
    /// unknown latency counts as `unknown_latency`.
    pub(super) fn cost(&self, unknown_latency: f64, now: Moment) -> f64 {
        let latency = self.latency.seconds(now).unwrap_or(unknown_latency);
        let load = f64::from(self.load.in_flight()) + 1.0;
        (latency + self.health.penalty_left(now).as_secs_f64()) * load / self.weight.get()
    }

    /// Records the end of an attempt. Returns `true` if it closed or tripped the breaker.
    pub(super) fn learn(&self, report: &AttemptReport<'_>) -> bool {
        self.load.end();
        self.tally.count(report.class);
        let turned = self.judge(report);
        if let Some(observation) = report.class.observation(report.latency) {
            self.weight.observe(observation);
        }
        turned
    }

    fn judge(&self, report: &AttemptReport<'_>) -> bool {
        let AttemptReport { latency, retry_after, breaker, now, .. } = *report;
        match report.class {
            OutcomeClass::Success => {
                let closes = self.health.succeed(breaker, now);
                if closes {
                    self.come_back(Some(latency), now);
                } else {
                    self.latency.observe(latency, now);
                }
                closes
            }
            // The miner is alive and signed; the time of a refusal is no measure of its work.
            OutcomeClass::Refused => {
                let closes = self.health.survive(breaker, now);
                if closes {
                    self.come_back(None, now);
                }
                closes
            }
            OutcomeClass::Overloaded => self.health.overload(report.failed(), retry_after),
            OutcomeClass::Failed => self.health.fail(report.failed(), retry_after),
            OutcomeClass::TimedOut => {
                self.latency.observe_at_least(latency, report.assumed_latency, now);
                self.health.fail(report.failed(), retry_after)
            }
            OutcomeClass::WrongIdentity => {
                self.health.distrust(now);
                true
            }
            OutcomeClass::Declined => {
                self.health.decline(retry_after, now);
                self.abandon(report)
            }
            OutcomeClass::Cancelled => {
                self.latency.observe_at_least(latency, report.assumed_latency, now);
                self.abandon(report)
            }
            OutcomeClass::CallerFault => self.abandon(report),
        }
    }

    /// Leaves the probation to the next request: this one carried no information about the miner.
    fn abandon(&self, report: &AttemptReport<'_>) -> bool {
        if report.breaker == BreakerAtStart::Probation {
            self.health.breaker().abandon_probation();
        }
        false
    }

    /// Closes the breaker before the attempt ends: the registered key signed the beginning of an
    /// answer, after `latency`.
    pub(super) fn pass_probation(&self, at_start: BreakerAtStart, latency: Duration, now: Moment) {
        self.health.pass_probation(at_start, now);
        self.come_back(Some(latency), now);
    }

    /// Restarts the statistics with the first success after a trip, which took `latency` if it was
    /// a measure of work.
    fn come_back(&self, latency: Option<Duration>, now: Moment) {
        if let Some(latency) = latency {
            self.latency.restart(latency, now);
        }
        self.ramp.restart(now);
    }
}

impl AttemptReport<'_> {
    fn failed(&self) -> FailedAttempt {
        let Self { breaker, random, now, .. } = *self;
        FailedAttempt { breaker, jitter: random.share(), now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(100 + seconds)
    }

    #[test]
    fn a_failure_counts_as_an_answer_of_five_seconds_and_no_longer() {
        let stats = EndpointStats::new(None, None);
        stats.latency.observe(Duration::from_millis(20), at(0));
        stats.weight.refresh();
        let before = stats.cost(0.1, at(0));
        stats.health.decline(None, at(0));
        assert!(stats.cost(0.1, at(0)) > 200.0 * before);
        assert!(stats.cost(0.1, at(4)) > 50.0 * before);
        assert!((stats.cost(0.1, at(5)) - before).abs() < 1e-9);
    }
}
