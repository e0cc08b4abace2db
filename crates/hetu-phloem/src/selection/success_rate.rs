//! The success rate of the last 30 s.

use std::time::Duration;

use super::timeline::Moment;

const BUCKETS: usize = 10;
const BUCKET_SECONDS: u64 = 3;
const FEWEST_OUTCOMES: u32 = 20;

/// Outcomes of the last 30 s, in buckets of three seconds.
#[derive(Debug, Default)]
pub(super) struct SuccessRate([OutcomeBucket; BUCKETS]);

#[derive(Clone, Copy, Debug, Default)]
struct OutcomeBucket {
    period: u64,
    successes: u32,
    failures: u32,
}

impl SuccessRate {
    pub(super) fn count(&mut self, is_success: bool, now: Moment) {
        let period = period(now);
        let bucket = &mut self.0[usize::try_from(period).unwrap_or_default() % BUCKETS];
        if bucket.period != period {
            *bucket = OutcomeBucket { period, ..OutcomeBucket::default() };
        }
        let count = if is_success { &mut bucket.successes } else { &mut bucket.failures };
        *count = count.saturating_add(1);
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Returns the rate from 0 to 1, or `None` if there were fewer than 20 outcomes.
    pub(super) fn get(&self, now: Moment) -> Option<f64> {
        let newest = period(now);
        let recent =
            |bucket: &&OutcomeBucket| newest.saturating_sub(bucket.period) < BUCKETS as u64;
        let sum = |of: fn(&OutcomeBucket) -> u32| self.0.iter().filter(recent).map(of).sum::<u32>();
        let (successes, failures) = (sum(|bucket| bucket.successes), sum(|bucket| bucket.failures));
        let outcomes = successes.saturating_add(failures);
        (outcomes >= FEWEST_OUTCOMES).then(|| f64::from(successes) / f64::from(outcomes))
    }
}

const fn period(now: Moment) -> u64 {
    Duration::as_secs(&now) / BUCKET_SECONDS
}
