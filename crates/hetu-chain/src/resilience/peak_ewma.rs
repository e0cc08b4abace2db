//! Peak EWMA: a latency estimate that rises at once and falls slowly.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The decay of a [`PeakEwma`].
#[derive(Clone, Copy, Debug)]
pub struct PeakEwmaPolicy {
    /// The time constant: a latency below the estimate moves it by `1 - exp(-t / decay)` of the
    /// difference, where `t` is the time since the last latency.
    pub decay: Duration,
    /// The age from which the next latency replaces the estimate, also if it is lower;
    /// [`Duration::MAX`] for never.
    pub replaced_after: Duration,
    /// The unit of time. The count wraps after 2³² ticks: an age above half of that is unknown.
    pub tick: Duration,
}

/// The estimate of one peer's latency.
///
/// A latency above the estimate replaces it. A latency below the estimate moves it part of the way,
/// so that a peer has to answer quickly for some time to make up for one slow answer (as in Finagle
/// and linkerd). The estimate in microseconds and the tick of the last latency share one word, so
/// that both change together without a lock.
///
/// A clock that was set back does not age the estimate.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use hetu_chain::resilience::{PeakEwma, PeakEwmaPolicy};
///
/// const POLICY: PeakEwmaPolicy = PeakEwmaPolicy {
///     decay: Duration::from_secs(10),
///     replaced_after: Duration::MAX,
///     tick: Duration::from_millis(1),
/// };
/// let latency = PeakEwma::default();
/// latency.observe(Duration::from_millis(500), Duration::from_secs(1), &POLICY);
/// latency.observe(Duration::from_millis(10), Duration::from_secs(2), &POLICY);
/// assert!(latency.estimate().unwrap() > Duration::from_millis(450));
/// ```
#[derive(Debug, Default)]
pub struct PeakEwma(AtomicU64);

impl PeakEwma {
    /// Returns an estimate that starts with a latency of unknown age: the first observed latency
    /// replaces it.
    pub fn remembered(latency: Option<Duration>) -> Self {
        let word = latency.map_or(0, |latency| pack(microseconds(latency), 0));
        Self(AtomicU64::new(word))
    }

    /// Returns the estimate from a stored [`word`](Self::word).
    pub const fn from_word(word: u64) -> Self {
        Self(AtomicU64::new(word))
    }

    /// Returns the estimate and its time as one word, zero before the first latency.
    #[inline]
    pub fn word(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns the estimate, or `None` before the first latency.
    pub fn estimate(&self) -> Option<Duration> {
        estimate(self.word())
    }

    /// Returns the estimate if a latency was observed in the last `span`, or if none was observed
    /// since it was [`remembered`](Self::remembered).
    pub fn estimate_within(
        &self,
        span: Duration,
        now: Duration,
        policy: &PeakEwmaPolicy,
    ) -> Option<Duration> {
        let word = self.word();
        estimate(word).filter(|_| policy.is_recent(word, span, now))
    }

    /// Returns the estimate in seconds, like [`estimate_within`](Self::estimate_within). For a
    /// picker that compares thousands of estimates, each conversion to a duration costs more than
    /// the rest.
    #[inline]
    pub fn seconds_within(
        &self,
        span: Duration,
        now: Duration,
        policy: &PeakEwmaPolicy,
    ) -> Option<f64> {
        let word = self.word();
        let microseconds = unpack(word).0;
        (is_known(microseconds) && policy.is_recent(word, span, now))
            .then(|| f64::from(microseconds) / 1e6)
    }

    /// Updates the estimate with a latency.
    pub fn observe(&self, latency: Duration, now: Duration, policy: &PeakEwmaPolicy) {
        let latency = microseconds(latency);
        let update = |word| Some(pack(policy.next(word, latency, now), policy.ticks(now)));
        // This never fails: the closure always returns a value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
    }

    /// Replaces the estimate.
    pub fn restart(&self, latency: Duration, now: Duration, policy: &PeakEwmaPolicy) {
        self.0.store(pack(microseconds(latency), policy.ticks(now)), Ordering::Relaxed);
    }
}

impl PeakEwmaPolicy {
    /// Returns the estimate that follows the one in `word`.
    fn next(&self, word: u64, latency: f32, now: Duration) -> f32 {
        let (mean, then) = unpack(word);
        let age = self.age(then, now);
        if word == 0 || then == 0 || latency >= mean || age >= self.replaced_after {
            return latency;
        }
        let kept = (-age.as_secs_f32() / self.decay.as_secs_f32()).exp();
        mean.mul_add(kept, latency * (1.0 - kept))
    }

    /// Returns `true` if the estimate in `word` is remembered or not older than `span`.
    #[inline]
    fn is_recent(&self, word: u64, span: Duration, now: Duration) -> bool {
        let then = unpack(word).1;
        then == 0 || self.age(then, now) <= span
    }

    /// Returns the age, or zero if the clock was set back.
    #[inline]
    fn age(&self, then: u32, now: Duration) -> Duration {
        let passed = self.ticks(now).wrapping_sub(then);
        let is_forward = passed < u32::MAX / 2;
        if is_forward { self.tick.saturating_mul(passed) } else { Duration::ZERO }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the cut-off ticks go round")]
    fn ticks(&self, now: Duration) -> u32 {
        // A division of 64 bits, because pickers do it for thousands of estimates.
        (now.as_nanos() as u64 / (self.tick.as_nanos() as u64).max(1)) as u32
    }
}

/// Returns at least one, so that no word of an estimate is zero.
fn microseconds(latency: Duration) -> f32 {
    (latency.as_secs_f32() * 1e6).max(1.0)
}

/// Returns the estimate in a word. A word from a file may hold any number.
fn estimate(word: u64) -> Option<Duration> {
    let microseconds = unpack(word).0;
    is_known(microseconds).then(|| Duration::from_secs_f32(microseconds.min(1e12) / 1e6))
}

#[inline]
fn is_known(microseconds: f32) -> bool {
    microseconds.is_finite() && microseconds > 0.0
}

fn pack(microseconds: f32, tick: u32) -> u64 {
    u64::from(microseconds.to_bits()) << 32 | u64::from(tick)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the word")]
const fn unpack(word: u64) -> (f32, u32) {
    (f32::from_bits((word >> 32) as u32), word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOREVER: PeakEwmaPolicy = PeakEwmaPolicy {
        decay: Duration::from_secs(10),
        replaced_after: Duration::MAX,
        tick: Duration::from_millis(125),
    };
    const FIVE_SECONDS: PeakEwmaPolicy = PeakEwmaPolicy {
        replaced_after: Duration::from_secs(5),
        tick: Duration::from_millis(1),
        ..FOREVER
    };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_700_000_000 + seconds)
    }

    const fn milliseconds(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn is_about(estimate: &PeakEwma, expected: Duration) -> bool {
        estimate.estimate().is_some_and(|found| found.abs_diff(expected) < milliseconds(1))
    }

    #[test]
    fn slow_latency_counts_at_once_and_quick_ones_slowly() {
        let latency = PeakEwma::default();
        assert_eq!(latency.estimate(), None);
        latency.observe(milliseconds(10), at(0), &FOREVER);
        latency.observe(milliseconds(500), at(1), &FOREVER);
        assert_eq!(latency.estimate(), Some(milliseconds(500)));
        latency.observe(milliseconds(10), at(2), &FOREVER);
        let soon = latency.estimate().unwrap();
        assert!((milliseconds(450)..milliseconds(460)).contains(&soon), "{soon:?}");
        latency.observe(milliseconds(10), at(32), &FOREVER);
        let later = latency.estimate().unwrap();
        assert!(later < milliseconds(40), "{later:?}");
    }

    #[test]
    fn clock_that_is_set_back_ages_no_estimate() {
        let latency = PeakEwma::default();
        latency.observe(milliseconds(500), at(100), &FIVE_SECONDS);
        latency.observe(milliseconds(10), at(50), &FIVE_SECONDS);
        assert_eq!(latency.estimate(), Some(milliseconds(500)));
    }

    #[test]
    fn old_or_remembered_estimate_is_replaced() {
        let latency = PeakEwma::default();
        latency.observe(milliseconds(500), at(1), &FIVE_SECONDS);
        latency.observe(milliseconds(10), at(6), &FIVE_SECONDS);
        assert!(is_about(&latency, milliseconds(10)));
        let remembered = PeakEwma::remembered(Some(Duration::from_secs(9)));
        assert!(is_about(&remembered, Duration::from_secs(9)));
        remembered.observe(milliseconds(10), at(1), &FIVE_SECONDS);
        assert!(is_about(&remembered, milliseconds(10)));
        remembered.restart(milliseconds(5), at(1), &FIVE_SECONDS);
        assert!(is_about(&remembered, milliseconds(5)));
    }

    #[test]
    fn estimate_within_a_span_is_none_after_the_span() {
        let (latency, span) = (PeakEwma::default(), Duration::from_secs(60));
        assert_eq!(latency.estimate_within(span, at(1), &FIVE_SECONDS), None);
        latency.observe(milliseconds(10), at(1), &FIVE_SECONDS);
        assert!(latency.estimate_within(span, at(61), &FIVE_SECONDS).is_some());
        assert_eq!(latency.estimate_within(span, at(62), &FIVE_SECONDS), None);
        let remembered = PeakEwma::remembered(Some(milliseconds(10)));
        assert!(remembered.estimate_within(span, at(62), &FIVE_SECONDS).is_some());
    }

    #[test]
    fn word_that_is_no_number_is_no_estimate() {
        for value in [f32::NAN, f32::INFINITY, -1.0, 0.0] {
            assert_eq!(PeakEwma::from_word(pack(value, 1)).estimate(), None);
        }
        let kept = PeakEwma::default();
        kept.observe(milliseconds(500), at(1), &FOREVER);
        assert_eq!(PeakEwma::from_word(kept.word()).estimate(), kept.estimate());
    }
}
