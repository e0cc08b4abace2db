//! A circuit breaker: the decision whether a miner is asked at all.
//!
//! Five failures in a row trip it, and so do a success rate below one half in the last 30 s (of 20
//! outcomes or more) and one reply that the registered key did not sign. It stays tripped for 1 s,
//! and twice as long each time until 60 s, give or take a fifth. Then one request at a time is
//! admitted on probation: a success closes the breaker, a failure trips it for longer. A successful
//! direct query to a miner with a tripped breaker closes the breaker; a failed one does not trip it
//! for longer. An overload counts for the success rate but not for failures in a row; on probation
//! it trips.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hetu_chain::resilience::{Backoff, GateState, HealthGate, HealthPolicy, Jitter};
use parking_lot::Mutex;

use super::success_rate::SuccessRate;
use super::timeline::Moment;

const LEAST_SUCCESS_RATE: f64 = 0.5;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

const POLICY: HealthPolicy = HealthPolicy {
    failures_allowed: 5,
    pauses: Backoff::between(Duration::from_secs(1), LONGEST_PAUSE),
    forgiven_after: Duration::from_secs(60),
};

/// The breaker of one miner. Only a signature of another key makes it distrusted, and only a
/// verified reply ends that state; a distrusted breaker is always tripped.
#[derive(Debug)]
pub(super) struct Breaker {
    gate: HealthGate,
    is_distrusted: AtomicBool,
    recent: Mutex<SuccessRate>,
}

/// The state of the breaker when an attempt began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BreakerAtStart {
    Closed,
    /// A direct query may ask a miner that the router leaves out. A verified reply closes the
    /// breaker.
    Tripped,
    /// An attempt on probation, which decides.
    Probation,
}

/// The circumstances of an attempt that failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailedAttempt {
    pub(super) breaker: BreakerAtStart,
    /// A random share from 0 to 1, by which the pause is moved.
    pub(super) jitter: f64,
    pub(super) now: Moment,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            gate: HealthGate::new(POLICY),
            is_distrusted: AtomicBool::new(false),
            recent: Mutex::default(),
        }
    }
}

impl Breaker {
    pub(super) fn state(&self, now: Moment) -> GateState {
        self.gate.state(now)
    }

    /// Returns `true` if requests are admitted, not counting a probation.
    pub(super) fn admits(&self) -> bool {
        self.gate.is_open()
    }

    /// Returns `true` if the last reply was not the registered miner's.
    pub(super) fn is_distrusted(&self) -> bool {
        self.is_distrusted.load(Ordering::Acquire)
    }

    pub(super) fn times_tripped(&self) -> u32 {
        self.gate.times_closed()
    }

    /// Takes the one request on probation, if it is due and no other caller was first.
    pub(super) fn begin_probation(&self, now: Moment) -> bool {
        self.gate.begin_probe(now)
    }

    /// Ends a probation after a request without information about the miner.
    pub(super) fn abandon_probation(&self) {
        self.gate.abandon_probe();
    }

    /// Counts a success. Returns `true` if it closed the breaker, which takes an attempt that began
    /// while the breaker was tripped: an older one is no evidence of the miner's state after the
    /// trip.
    pub(super) fn succeed(&self, at_start: BreakerAtStart, now: Moment) -> bool {
        let mut recent = self.recent.lock();
        recent.count(true, now);
        self.gate.note_success();
        let closes = at_start != BreakerAtStart::Closed && !self.admits();
        if closes {
            recent.forget();
            self.is_distrusted.store(false, Ordering::Release);
            self.gate.reopen(now);
        }
        closes
    }

    /// Counts a failure. Returns `true` if it tripped the breaker.
    pub(super) fn fail(&self, attempt: FailedAttempt) -> bool {
        let is_row_too_long = self.gate.note_failure();
        let is_rate_poor = self.count_failure(attempt.now);
        self.trip_if(is_row_too_long || is_rate_poor, attempt)
    }

    /// Counts a failure of an overloaded miner. Returns `true` if it tripped the breaker.
    pub(super) fn overload(&self, attempt: FailedAttempt) -> bool {
        let is_rate_poor = self.count_failure(attempt.now);
        self.trip_if(is_rate_poor, attempt)
    }

    /// Trips for the longest time: the server is not the registered miner.
    pub(super) fn distrust(&self, now: Moment) {
        self.is_distrusted.store(true, Ordering::Release);
        self.gate.close_for(LONGEST_PAUSE, now);
    }

    /// Trips the breaker of a miner that a probe did not find, before a request is lost to it.
    pub(super) fn note_absence(&self, jitter: f64, now: Moment) {
        self.trip_if(true, FailedAttempt { breaker: BreakerAtStart::Closed, jitter, now });
    }

    /// Lets a probation begin now: a probe found the miner ready.
    pub(super) fn end_pause(&self, now: Moment) {
        if !self.is_distrusted() {
            self.gate.end_pause(now);
        }
    }

    /// Returns `true` if the success rate is too low.
    fn count_failure(&self, now: Moment) -> bool {
        let mut recent = self.recent.lock();
        recent.count(false, now);
        recent.get(now).is_some_and(|rate| rate < LEAST_SUCCESS_RATE)
    }

    fn trip_if(&self, is_too_much: bool, attempt: FailedAttempt) -> bool {
        let FailedAttempt { breaker, jitter, now } = attempt;
        let trips = breaker == BreakerAtStart::Probation || (is_too_much && self.admits());
        if trips {
            self.gate.trip_with_jitter(Jitter::FIFTH, jitter, now);
        }
        trips
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;

    fn at(seconds: f64) -> Moment {
        Duration::from_secs_f64(1_000.0 + seconds)
    }

    fn attempt(seconds: f64) -> FailedAttempt {
        FailedAttempt { breaker: BreakerAtStart::Closed, jitter: MIDDLE, now: at(seconds) }
    }

    fn probation(seconds: f64) -> FailedAttempt {
        FailedAttempt { breaker: BreakerAtStart::Probation, ..attempt(seconds) }
    }

    fn is_tripped(breaker: &Breaker, seconds: f64) -> bool {
        matches!(breaker.state(at(seconds)), GateState::Closed { .. } | GateState::Probing { .. })
    }

    /// Fails until it trips, and returns the seconds that it stays tripped.
    fn tripped_for(breaker: &Breaker, now: f64) -> f64 {
        while !breaker.fail(attempt(now)) {}
        let GateState::Closed { until } = breaker.state(at(now)) else { panic!("it is closed") };
        (until - at(now)).as_secs_f64()
    }

    #[test]
    fn breaker_trips_after_five_failures_in_a_row_and_not_after_four() {
        let breaker = Breaker::default();
        for _ in 0..3 {
            (0..4).for_each(|_| assert!(!breaker.fail(attempt(0.0))));
            breaker.succeed(BreakerAtStart::Closed, at(0.0));
        }
        (0..4).for_each(|_| assert!(!breaker.fail(attempt(0.0))));
        assert_eq!(breaker.state(at(0.0)), GateState::Open);
        assert!(breaker.fail(attempt(0.0)));
        assert!(is_tripped(&breaker, 0.9));
    }

    #[test]
    fn probation_is_for_one_and_decides() {
        let breaker = Breaker::default();
        assert!((tripped_for(&breaker, 0.0) - 1.0).abs() < 1e-6);
        assert_eq!(breaker.state(at(1.0)), GateState::ProbeDue);
        assert!(breaker.begin_probation(at(1.0)));
        assert!(!breaker.begin_probation(at(1.0)));
        assert!(is_tripped(&breaker, 1.0));
        for (number, expected) in [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0].into_iter().enumerate() {
            let now = 100.0 * (number as f64 + 1.0);
            breaker.begin_probation(at(now));
            assert!(breaker.fail(probation(now)));
            assert!(is_tripped(&breaker, now + expected - 0.01));
            assert_eq!(breaker.state(at(now + expected)), GateState::ProbeDue);
        }
        assert!(breaker.begin_probation(at(900.0)));
        assert!(breaker.succeed(BreakerAtStart::Probation, at(900.0)));
        assert_eq!(breaker.state(at(900.0)), GateState::Open);
    }

    #[test]
    fn flapping_miner_stays_out_longer_and_is_forgiven_after_a_minute() {
        let breaker = Breaker::default();
        tripped_for(&breaker, 0.0);
        breaker.begin_probation(at(2.0));
        breaker.succeed(BreakerAtStart::Probation, at(2.0));
        assert!((tripped_for(&breaker, 3.0) - 2.0).abs() < 1e-6);
        breaker.begin_probation(at(10.0));
        breaker.succeed(BreakerAtStart::Probation, at(10.0));
        assert!((tripped_for(&breaker, 70.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn failures_that_are_spread_out_trip_by_their_rate() {
        let breaker = Breaker::default();
        let mut tripped_after = None;
        for number in 0..60_u32 {
            if number % 3 == 0 {
                breaker.succeed(BreakerAtStart::Closed, at(f64::from(number) / 10.0));
            } else if breaker.fail(attempt(f64::from(number) / 10.0)) {
                tripped_after = Some(number + 1);
                break;
            }
        }
        assert_eq!(tripped_after, Some(20));
    }

    #[test]
    fn old_outcomes_do_not_count() {
        let breaker = Breaker::default();
        for second in 0..19 {
            breaker.overload(attempt(f64::from(second) / 100.0));
        }
        assert!(!breaker.overload(attempt(40.0)));
    }

    #[test]
    fn overload_counts_for_the_rate_and_trips_on_probation() {
        let breaker = Breaker::default();
        (0..19).for_each(|_| assert!(!breaker.overload(attempt(0.0))));
        assert!(breaker.overload(attempt(0.0)));
        breaker.begin_probation(at(5.0));
        assert!(breaker.overload(probation(5.0)));
        assert!(!breaker.admits());
    }

    #[test]
    fn wrong_identity_trips_for_the_longest_time_whatever_probes_find() {
        let breaker = Breaker::default();
        breaker.distrust(at(0.0));
        breaker.end_pause(at(1.0));
        assert!(is_tripped(&breaker, 59.9));
        assert_eq!(breaker.state(at(60.0)), GateState::ProbeDue);
        let absent = Breaker::default();
        absent.note_absence(MIDDLE, at(0.0));
        absent.end_pause(at(0.5));
        assert_eq!(absent.state(at(0.5)), GateState::ProbeDue);
    }

    #[test]
    fn pause_is_moved_by_a_fifth_either_way() {
        for (jitter, expected) in [(0.0, 800), (1.0, 1_200)] {
            let breaker = Breaker::default();
            breaker.note_absence(jitter, at(0.0));
            let until = at(0.0) + Duration::from_millis(expected);
            assert_eq!(breaker.state(at(0.0)), GateState::Closed { until });
        }
    }

    #[test]
    fn abandoned_probation_leaves_room_for_the_next() {
        let breaker = Breaker::default();
        tripped_for(&breaker, 0.0);
        assert!(breaker.begin_probation(at(2.0)));
        breaker.abandon_probation();
        assert_eq!(breaker.state(at(2.0)), GateState::ProbeDue);
    }
}
