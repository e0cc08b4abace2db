//! The health of one miner: breaker, penalty, ejection and last outcome.

use std::time::Duration;

use hetu_chain::resilience::GateState;

use super::breaker::{Breaker, BreakerAtStart, FailedAttempt};
use super::ejection::Ejection;
use super::penalty::Penalty;
use super::timeline::{AtomicMoment, Moment};

/// The time for which a success shows that a miner is well, if no other outcome followed.
const WELL_FOR: Duration = Duration::from_secs(60);

/// The state of a miner as a picker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Availability {
    Open,
    /// A probation: one request may try whether the miner is well again.
    Probation,
    /// A tripped breaker.
    Tripped {
        until: Moment,
    },
    /// A `Retry-After` that has not passed yet.
    Held {
        until: Moment,
    },
    /// An ejection because of a success rate far below that of the others.
    Ejected {
        until: Moment,
    },
    /// An exclusion by the caller.
    Excluded,
}

/// The health of one miner. Each outcome changes all parts of it together.
#[derive(Debug, Default)]
pub(super) struct MinerHealth {
    breaker: Breaker,
    penalty: Penalty,
    ejection: Ejection,
    /// The moment of the last success, or never if the last outcome was a failure.
    last_success: AtomicMoment,
}

impl MinerHealth {
    /// Returns the availability at `now`. While most miners are unwell, a comparison between them
    /// is not meaningful: none counts as ejected in a panic.
    pub(super) fn availability(&self, is_panicking: bool, now: Moment) -> Availability {
        if let Some(until) = self.penalty.held_until(now) {
            return Availability::Held { until };
        }
        match self.breaker.state(now) {
            GateState::Closed { until } | GateState::Probing { since: until } => {
                Availability::Tripped { until }
            }
            GateState::ProbeDue => Availability::Probation,
            GateState::Open => match self.ejection.until(now) {
                Some(until) if !is_panicking => Availability::Ejected { until },
                _ => Availability::Open,
            },
        }
    }

    pub(super) fn is_healthy(&self, now: Moment) -> bool {
        self.availability(false, now) == Availability::Open
    }

    pub(super) fn is_ejected(&self, now: Moment) -> bool {
        matches!(self.availability(false, now), Availability::Ejected { .. })
    }

    /// Returns `true` if the last outcome was a recent success, and the breaker admits requests.
    pub(super) fn is_well(&self, now: Moment) -> bool {
        let is_recent = |success: Moment| now < success.saturating_add(WELL_FOR);
        self.last_success.get().is_some_and(is_recent) && self.breaker.admits()
    }

    pub(super) const fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    pub(super) const fn ejection(&self) -> &Ejection {
        &self.ejection
    }

    pub(super) fn penalty_left(&self, now: Moment) -> Duration {
        self.penalty.left(now)
    }

    /// Counts a verified answer. Returns `true` if it closed the breaker.
    pub(super) fn succeed(&self, at_start: BreakerAtStart, now: Moment) -> bool {
        self.last_success.set(now);
        self.ejection.count(true);
        self.survive(at_start, now)
    }

    /// Records that the miner is alive and holds its key, which is no measure of its work. Returns
    /// `true` if it closed the breaker.
    pub(super) fn survive(&self, at_start: BreakerAtStart, now: Moment) -> bool {
        let closes = self.breaker.succeed(at_start, now);
        if closes {
            self.penalty.lift();
        }
        closes
    }

    /// Closes the breaker that was tripped `at_start`: the miner signed a part of its answer.
    pub(super) fn pass_probation(&self, at_start: BreakerAtStart, now: Moment) {
        self.breaker.succeed(at_start, now);
        self.penalty.lift();
    }

    /// Counts a failure. Returns `true` if it tripped the breaker.
    pub(super) fn fail(&self, attempt: FailedAttempt, retry_after: Option<Duration>) -> bool {
        self.ejection.count(false);
        self.decline(retry_after, attempt.now);
        self.breaker.fail(attempt)
    }

    /// Counts a refusal of an overloaded miner. Returns `true` if it tripped the breaker.
    pub(super) fn overload(&self, attempt: FailedAttempt, retry_after: Option<Duration>) -> bool {
        self.ejection.count(false);
        self.decline(retry_after, attempt.now);
        self.breaker.overload(attempt)
    }

    /// Counts a reply of another key, which trips the breaker.
    pub(super) fn distrust(&self, now: Moment) {
        self.ejection.count(false);
        self.decline(None, now);
        self.breaker.distrust(now);
    }

    /// Imposes the penalty of an outcome that is no success.
    pub(super) fn decline(&self, retry_after: Option<Duration>, now: Moment) {
        self.last_success.clear();
        self.penalty.impose(retry_after, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(100 + seconds)
    }

    #[test]
    fn who_asks_to_be_left_alone_is_for_five_minutes_at_most() {
        let health = MinerHealth::default();
        health.decline(Some(Duration::from_secs(30)), at(0));
        assert_eq!(health.availability(true, at(29)), Availability::Held { until: at(30) });
        assert_eq!(health.availability(true, at(30)), Availability::Open);
        health.decline(Some(Duration::MAX), at(40));
        assert_eq!(health.availability(true, at(41)), Availability::Held { until: at(340) });
    }

    #[test]
    fn a_failure_counts_though_the_miner_says_that_it_may_be_asked_again_at_once() {
        let health = MinerHealth::default();
        health.decline(Some(Duration::ZERO), at(0));
        assert_eq!(health.availability(false, at(0)), Availability::Open);
        assert_eq!(health.penalty_left(at(0)), super::super::penalty::PENALTY);
    }

    #[test]
    fn nobody_counts_as_ejected_in_a_panic() {
        let health = MinerHealth::default();
        health.ejection().eject(at(0));
        assert_eq!(health.availability(false, at(1)), Availability::Ejected { until: at(30) });
        assert_eq!(health.availability(true, at(1)), Availability::Open);
        assert_eq!(health.availability(false, at(30)), Availability::Open);
    }
}
