//! A circuit breaker: whether a miner is asked at all.
//!
//! It is shut by five failures in a row, by a success rate below one half in the last 30 s (of 20
//! outcomes or more), and at once by a reply that the registered key did not sign. It stays shut
//! for 1 s, twice as long each time until 60 s, give or take a fifth. Then one request at a time
//! is let through on probation: a success opens the breaker, a failure shuts it for longer. A direct
//! query to a miner whose breaker is shut opens it by a success, and does not shut it for longer.
//! Being overloaded counts for the rate and not for the row; on probation it shuts.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::timeline::{Moment, after, nanoseconds};

const FAILURES_IN_A_ROW: u32 = 5;
const BUCKETS: usize = 10;
const BUCKET: Duration = Duration::from_secs(3);
const FEWEST_OUTCOMES: u32 = 20;
const LEAST_SUCCESS_RATE: f64 = 0.5;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// An endpoint that was open for that long is shut for the shortest time again.
const FORGIVEN_AFTER: Duration = Duration::from_secs(60);

/// What a picker sees of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Ask.
    Open,
    /// One request may go through.
    Probation,
    /// Do not ask before this moment; if it is over, before the probation under way has ended.
    Shut { until: Moment },
}

#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// 0 while it is open.
    shut_until: AtomicU64,
    is_on_probation: AtomicBool,
    is_distrusted: AtomicBool,
    times_shut: AtomicU32,
    history: Mutex<History>,
}

#[derive(Debug, Default)]
struct History {
    failures_in_a_row: u32,
    /// How often it was shut without a long time of being open between.
    level: u32,
    opened_at: Moment,
    window: [Bucket; BUCKETS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    period: u64,
    successes: u32,
    failures: u32,
}

impl Breaker {
    pub(super) fn gate(&self, now: Moment) -> Gate {
        match self.shut_until.load(Ordering::Acquire) {
            0 => Gate::Open,
            until if now < until || self.is_on_probation.load(Ordering::Acquire) => {
                Gate::Shut { until }
            }
            _ => Gate::Probation,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.shut_until.load(Ordering::Acquire) == 0
    }

    /// Whether the last reply was not the registered miner's.
    pub(super) fn is_distrusted(&self) -> bool {
        self.is_distrusted.load(Ordering::Acquire)
    }

    pub(super) fn times_shut(&self) -> u32 {
        self.times_shut.load(Ordering::Relaxed)
    }

    /// The one request on probation, if the caller is the first to ask.
    pub(super) fn begin_probation(&self) -> bool {
        !self.is_on_probation.swap(true, Ordering::AcqRel)
    }

    /// The request on probation told nothing.
    pub(super) fn abandon_probation(&self) {
        self.is_on_probation.store(false, Ordering::Release);
    }

    /// Counts a success. Returns `true` if it closed the breaker, which takes an attempt that began
    /// while the breaker was tripped: an older one says nothing about the miner after the trip.
    pub(super) fn succeed(&self, began_tripped: bool, now: Moment) -> bool {
        let mut history = self.history();
        history.failures_in_a_row = 0;
        history.count(now, true);
        if !began_tripped || self.is_open() {
            return false;
        }
        history.window = [Bucket::default(); BUCKETS];
        history.opened_at = now;
        self.is_distrusted.store(false, Ordering::Release);
        self.shut_until.store(0, Ordering::Release);
        self.is_on_probation.store(false, Ordering::Release);
        true
    }

    /// Whether that shut the breaker. `jitter` is from 0 to 1.
    pub(super) fn fail(&self, is_probation: bool, jitter: f64, now: Moment) -> bool {
        let mut history = self.history();
        history.failures_in_a_row = history.failures_in_a_row.saturating_add(1);
        history.count(now, false);
        let is_too_much = history.failures_in_a_row >= FAILURES_IN_A_ROW || history.is_poor(now);
        self.shut_if(is_too_much, is_probation, &mut history, jitter, now)
    }

    /// As [`Breaker::fail`], for a miner that says that it has too much to do.
    pub(super) fn overload(&self, is_probation: bool, jitter: f64, now: Moment) -> bool {
        let mut history = self.history();
        history.count(now, false);
        let is_too_much = history.is_poor(now);
        self.shut_if(is_too_much, is_probation, &mut history, jitter, now)
    }

    /// Shuts for the longest time: whoever answers there is not the registered miner.
    pub(super) fn distrust(&self, now: Moment) {
        self.is_distrusted.store(true, Ordering::Release);
        self.shut(now, LONGEST);
    }

    /// Shuts a miner that a probe did not find, before a request is lost to it.
    pub(super) fn absent(&self, jitter: f64, now: Moment) {
        let mut history = self.history();
        self.shut_if(true, false, &mut history, jitter, now);
    }

    /// Lets a probation begin now: a probe found the miner in good health.
    pub(super) fn shorten(&self, now: Moment) {
        let shorten = |until: Moment| (until > now && !self.is_distrusted()).then_some(now);
        // It fails where there is nothing to shorten.
        let _ = self.shut_until.fetch_update(Ordering::AcqRel, Ordering::Acquire, shorten);
    }

    fn shut_if(
        &self,
        is_too_much: bool,
        is_probation: bool,
        history: &mut History,
        jitter: f64,
        now: Moment,
    ) -> bool {
        let shuts = is_probation || (is_too_much && self.is_open());
        if shuts {
            let is_forgiven = !is_probation && now >= after(history.opened_at, FORGIVEN_AFTER);
            let level = if is_forgiven { 0 } else { history.level };
            history.level = level.saturating_add(1);
            self.shut(now, back_off(level, jitter));
        }
        shuts
    }

    fn shut(&self, now: Moment, wait: Duration) {
        self.times_shut.fetch_add(1, Ordering::Relaxed);
        self.shut_until.store(after(now, wait), Ordering::Release);
        self.is_on_probation.store(false, Ordering::Release);
    }

    /// Whoever panicked with it held left nothing half done: each change is of one number.
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn back_off(level: u32, jitter: f64) -> Duration {
    let doubled = SHORTEST.saturating_mul(1 << level.min(6)).min(LONGEST);
    doubled.mul_f64(0.4_f64.mul_add(jitter.clamp(0.0, 1.0), 0.8))
}

impl History {
    fn count(&mut self, now: Moment, is_success: bool) {
        let period = period(now);
        let bucket = &mut self.window[usize::try_from(period).unwrap_or_default() % BUCKETS];
        if bucket.period != period {
            *bucket = Bucket { period, ..Bucket::default() };
        }
        let count = if is_success { &mut bucket.successes } else { &mut bucket.failures };
        *count = count.saturating_add(1);
    }

    fn is_poor(&self, now: Moment) -> bool {
        let newest = period(now);
        let recent = |bucket: &&Bucket| newest.saturating_sub(bucket.period) < BUCKETS as u64;
        let sum = |of: fn(&Bucket) -> u32| self.window.iter().filter(recent).map(of).sum::<u32>();
        let (successes, failures) = (sum(|bucket| bucket.successes), sum(|bucket| bucket.failures));
        let outcomes = successes.saturating_add(failures);
        outcomes >= FEWEST_OUTCOMES
            && f64::from(successes) / f64::from(outcomes) < LEAST_SUCCESS_RATE
    }
}

fn period(now: Moment) -> u64 {
    now / nanoseconds(BUCKET)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;

    fn at(seconds: f64) -> Moment {
        nanoseconds(Duration::from_secs_f64(1_000.0 + seconds))
    }

    /// Fails until it shuts; the seconds that it stays shut.
    fn shut_for(breaker: &Breaker, now: f64) -> f64 {
        while !breaker.fail(false, MIDDLE, at(now)) {}
        let Gate::Shut { until } = breaker.gate(at(now)) else { panic!("it is open") };
        Duration::from_nanos(until - at(now)).as_secs_f64()
    }

    #[test]
    fn five_failures_in_a_row_shut_and_four_do_not() {
        let breaker = Breaker::default();
        for _ in 0..3 {
            (0..4).for_each(|_| assert!(!breaker.fail(false, MIDDLE, at(0.0))));
            breaker.succeed(false, at(0.0));
        }
        (0..4).for_each(|_| assert!(!breaker.fail(false, MIDDLE, at(0.0))));
        assert_eq!(breaker.gate(at(0.0)), Gate::Open);
        assert!(breaker.fail(false, MIDDLE, at(0.0)));
        assert!(matches!(breaker.gate(at(0.9)), Gate::Shut { .. }));
    }

    #[test]
    fn probation_is_for_one_and_decides() {
        let breaker = Breaker::default();
        assert!((shut_for(&breaker, 0.0) - 1.0).abs() < 1e-6);
        assert_eq!(breaker.gate(at(1.0)), Gate::Probation);
        assert!(breaker.begin_probation());
        assert!(!breaker.begin_probation());
        assert!(matches!(breaker.gate(at(1.0)), Gate::Shut { .. }));
        for (number, expected) in [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0].into_iter().enumerate() {
            let now = 100.0 * (number as f64 + 1.0);
            breaker.begin_probation();
            assert!(breaker.fail(true, MIDDLE, at(now)));
            assert!(matches!(breaker.gate(at(now + expected - 0.01)), Gate::Shut { .. }));
            assert_eq!(breaker.gate(at(now + expected)), Gate::Probation);
        }
        assert!(breaker.begin_probation());
        assert!(breaker.succeed(true, at(900.0)));
        assert_eq!(breaker.gate(at(900.0)), Gate::Open);
    }

    #[test]
    fn who_flaps_stays_out_longer_and_is_forgiven_after_a_minute() {
        let breaker = Breaker::default();
        shut_for(&breaker, 0.0);
        breaker.begin_probation();
        breaker.succeed(true, at(2.0));
        assert!((shut_for(&breaker, 3.0) - 2.0).abs() < 1e-6);
        breaker.begin_probation();
        breaker.succeed(true, at(10.0));
        assert!((shut_for(&breaker, 70.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn failures_that_are_spread_out_shut_by_their_rate() {
        let breaker = Breaker::default();
        let mut shut_after = None;
        for number in 0..60_u32 {
            if number % 3 == 0 {
                breaker.succeed(false, at(f64::from(number) / 10.0));
            } else if breaker.fail(false, MIDDLE, at(f64::from(number) / 10.0)) {
                shut_after = Some(number + 1);
                break;
            }
        }
        assert_eq!(shut_after, Some(20));
    }

    #[test]
    fn old_outcomes_do_not_count() {
        let breaker = Breaker::default();
        for second in 0..19 {
            breaker.overload(false, MIDDLE, at(f64::from(second) / 100.0));
        }
        assert!(!breaker.overload(false, MIDDLE, at(40.0)));
    }

    #[test]
    fn overload_counts_for_the_rate_and_shuts_on_probation() {
        let breaker = Breaker::default();
        (0..19).for_each(|_| assert!(!breaker.overload(false, MIDDLE, at(0.0))));
        assert!(breaker.overload(false, MIDDLE, at(0.0)));
        breaker.begin_probation();
        assert!(breaker.overload(true, MIDDLE, at(5.0)));
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_wrong_identity_shuts_for_the_longest_time_whatever_probes_say() {
        let breaker = Breaker::default();
        breaker.distrust(at(0.0));
        breaker.shorten(at(1.0));
        assert!(matches!(breaker.gate(at(59.9)), Gate::Shut { .. }));
        assert_eq!(breaker.gate(at(60.0)), Gate::Probation);
        let absent = Breaker::default();
        absent.absent(MIDDLE, at(0.0));
        absent.shorten(at(0.5));
        assert_eq!(absent.gate(at(0.5)), Gate::Probation);
    }

    #[test]
    fn jitter_is_a_fifth_either_way() {
        assert_eq!(back_off(0, 0.0), Duration::from_millis(800));
        assert_eq!(back_off(0, 1.0), Duration::from_millis(1_200));
        assert_eq!(back_off(40, 0.5), LONGEST);
    }

    #[test]
    fn a_probation_that_told_nothing_leaves_room_for_the_next() {
        let breaker = Breaker::default();
        shut_for(&breaker, 0.0);
        assert!(breaker.begin_probation());
        breaker.abandon_probation();
        assert_eq!(breaker.gate(at(2.0)), Gate::Probation);
    }
}
