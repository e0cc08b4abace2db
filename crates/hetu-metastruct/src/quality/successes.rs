//! The recent share of successful requests to a peer.
//!
//! There are two windows, because each shows what the other misses: the last 64 outcomes over any
//! time, and the last five minutes, in ten buckets, with any number of outcomes. The buckets
//! replace a moving mean, which cannot distinguish one burst of failures from a few that are spread
//! out.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(super) const BUCKETS: usize = 10;
const BUCKET: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Successes {
    /// One bit for each outcome, the newest in the lowest bit; 1 is a success.
    last: AtomicU64,
    /// Buckets with their half minute (32 bits), their successes and their failures (16 bits each).
    buckets: [AtomicU64; BUCKETS],
}

impl Successes {
    pub(super) fn restored(last: u64, buckets: [u64; BUCKETS]) -> Self {
        Self { last: AtomicU64::new(last), buckets: buckets.map(AtomicU64::new) }
    }

    pub(super) fn words(&self) -> (u64, [u64; BUCKETS]) {
        let bucket = |index: usize| self.buckets[index].load(Ordering::Relaxed);
        (self.last.load(Ordering::Relaxed), array::from_fn(bucket))
    }

    pub(super) fn observe(&self, is_success: bool, now: Duration) {
        let shift = |word: u64| Some(word << 1 | u64::from(is_success));
        // Neither call fails, because the closures always return a value.
        let _ = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, shift);
        let period = period(now);
        let place = usize::try_from(period).unwrap_or_default() % BUCKETS;
        let count = |word: u64| {
            let known = if word >> 32 == period { word } else { period << 32 };
            let shift = if is_success { 16 } else { 0 };
            let is_full = known >> shift & 0xffff == 0xffff;
            Some(if is_full { known } else { known + (1 << shift) })
        };
        let _ = self.buckets[place].fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
    }

    /// Returns the share of successes among the last 64 of all `outcomes`.
    pub(super) fn of_last(&self, outcomes: u64) -> Option<f64> {
        let known = u32::try_from(outcomes.min(64)).unwrap_or(64);
        let mask = if known == 64 { u64::MAX } else { (1 << known) - 1 };
        let successes = (self.last.load(Ordering::Relaxed) & mask).count_ones();
        (known > 0).then(|| f64::from(successes) / f64::from(known))
    }

    /// Returns the share of successes in the last five minutes, or `None` without an outcome in
    /// them.
    pub(super) fn of_five_minutes(&self, now: Duration) -> Option<f64> {
        let newest = period(now);
        let mut counts = (0_u32, 0_u32);
        for bucket in &self.buckets {
            let word = bucket.load(Ordering::Relaxed);
            if word >> 32 <= newest && newest - (word >> 32) < BUCKETS as u64 {
                let part = |shift: u32| u32::try_from(word >> shift & 0xffff).unwrap_or_default();
                counts = (counts.0 + part(16), counts.1 + part(0));
            }
        }
        let (successes, failures) = counts;
        let all = successes + failures;
        (all > 0).then(|| f64::from(successes) / f64::from(all))
    }
}

/// Returns the number of the half minute since 1970, in 32 bits.
const fn period(now: Duration) -> u64 {
    (now.as_secs() / BUCKET.as_secs()) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_700_000_010 + seconds)
    }

    #[test]
    fn each_window_sees_what_the_other_does_not() {
        let successes = Successes::default();
        assert_eq!((successes.of_last(0), successes.of_five_minutes(at(0))), (None, None));
        (0..1_000).for_each(|_| successes.observe(true, at(0)));
        (0..64).for_each(|_| successes.observe(false, at(1)));
        assert_eq!(successes.of_last(1_064), Some(0.0));
        let share = successes.of_five_minutes(at(1)).unwrap();
        assert!((0.93..0.95).contains(&share), "{share}");
        assert_eq!(successes.of_five_minutes(at(301)), None);
        successes.observe(true, at(302));
        assert_eq!(successes.of_five_minutes(at(302)), Some(1.0));
        assert_eq!(successes.of_last(1_065), Some(1.0 / 64.0));
    }

    #[test]
    fn few_outcomes_are_not_filled_up_with_failures() {
        let successes = Successes::default();
        successes.observe(true, at(0));
        successes.observe(false, at(0));
        assert_eq!(successes.of_last(2), Some(0.5));
    }

    #[test]
    fn a_bucket_that_is_full_counts_no_further() {
        let successes = Successes::default();
        (0..70_000).for_each(|_| successes.observe(true, at(0)));
        successes.observe(false, at(0));
        let share = successes.of_five_minutes(at(0)).unwrap();
        assert!(share > 0.999 && share < 1.0, "{share}");
    }
}
