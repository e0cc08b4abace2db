//! How long a miner takes: peak EWMA of the answers that were waited for.
//!
//! An answer slower than the mean becomes the mean at once. A quicker one moves it by
//! `1 - exp(-t / 10 s)` of the way, `t` being the time since the last one. What is older than 5 s
//! is replaced, since it says little of now: who was slow and is tried again after 10 s needs one
//! quick answer, and not many.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::timeline::Moment;

const DECAY: Duration = Duration::from_secs(10);
const REPLACED_AFTER: Duration = Duration::from_secs(5);

/// The mean in seconds and the moment of the last answer in milliseconds, in one word so that
/// both change together without a lock. 0 before the first.
#[derive(Debug, Default)]
pub(super) struct LatencyEstimate(AtomicU64);

impl LatencyEstimate {
    /// One that begins with what is remembered; the first answer replaces it.
    pub(super) fn remembered(latency: Option<Duration>) -> Self {
        let word = latency.map_or(0, |latency| pack(latency.as_secs_f32(), 0));
        Self(AtomicU64::new(word))
    }

    /// In seconds; nothing before the first answer.
    pub(super) fn seconds(&self) -> Option<f64> {
        let word = self.0.load(Ordering::Relaxed);
        (word != 0).then(|| f64::from(unpack(word).0))
    }

    /// In seconds, if that was seen in the last `span`, or is remembered and not measured yet.
    pub(super) fn seconds_within(&self, span: Duration, now: Moment) -> Option<f64> {
        let (mean, then) = unpack(self.0.load(Ordering::Relaxed));
        let passed = milliseconds(now).wrapping_sub(then);
        let is_recent = then == 0 || Duration::from_millis(u64::from(passed)) <= span;
        (mean > 0.0 && is_recent).then(|| f64::from(mean))
    }

    pub(super) fn observe(&self, latency: Duration, now: Moment) {
        let seconds = latency.as_secs_f32();
        // It does not fail: the closure always has a value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            let (mean, then) = unpack(word);
            let passed = Duration::from_millis(u64::from(milliseconds(now).wrapping_sub(then)));
            let mean = if word == 0 || then == 0 || seconds >= mean || passed >= REPLACED_AFTER {
                seconds
            } else {
                let share = (-passed.as_secs_f32() / DECAY.as_secs_f32()).exp();
                mean.mul_add(share, seconds * (1.0 - share))
            };
            Some(pack(mean, milliseconds(now)))
        });
    }

    /// It took at least that long, and was not waited for. That is no measurement: where nothing is
    /// known, it counts only if it is more than the `assumed` seconds.
    pub(super) fn observe_at_least(&self, latency: Duration, assumed: f64, now: Moment) {
        if latency.as_secs_f64() > self.seconds().unwrap_or(assumed) {
            self.observe(latency, now);
        }
    }

    /// Forgets all but this answer.
    pub(super) fn restart(&self, latency: Duration, now: Moment) {
        self.0.store(pack(latency.as_secs_f32(), milliseconds(now)), Ordering::Relaxed);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is cut off goes round in 49 days")]
const fn milliseconds(moment: Moment) -> u32 {
    (moment / 1_000_000) as u32
}

/// A mean is never below a microsecond, so the word is never 0.
fn pack(seconds: f32, then: u32) -> u64 {
    u64::from(seconds.max(1e-6).to_bits()) << 32 | u64::from(then)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of the word")]
const fn unpack(word: u64) -> (f32, u32) {
    (f32::from_bits((word >> 32) as u32), word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Moment = 1_000_000_000;

    fn milliseconds_of(estimate: &LatencyEstimate) -> f64 {
        estimate.seconds().unwrap() * 1_000.0
    }

    #[test]
    fn a_slow_answer_counts_at_once_and_quick_ones_slowly() {
        let estimate = LatencyEstimate::default();
        assert_eq!(estimate.seconds(), None);
        estimate.observe(Duration::from_millis(10), SECOND);
        estimate.observe(Duration::from_millis(500), 2 * SECOND);
        assert!((milliseconds_of(&estimate) - 500.0).abs() < 0.1);
        estimate.observe(Duration::from_millis(10), 3 * SECOND);
        let soon = milliseconds_of(&estimate);
        assert!((450.0..460.0).contains(&soon), "{soon}");
    }

    #[test]
    fn what_is_older_than_five_seconds_or_remembered_is_replaced() {
        let estimate = LatencyEstimate::default();
        estimate.observe(Duration::from_millis(500), SECOND);
        estimate.observe(Duration::from_millis(10), 6 * SECOND);
        assert!((milliseconds_of(&estimate) - 10.0).abs() < 0.1);
        let remembered = LatencyEstimate::remembered(Some(Duration::from_secs(9)));
        assert!((milliseconds_of(&remembered) - 9_000.0).abs() < 0.1);
        remembered.observe(Duration::from_millis(10), SECOND);
        assert!((milliseconds_of(&remembered) - 10.0).abs() < 0.1);
    }

    #[test]
    fn what_is_old_is_not_known_any_more() {
        let (estimate, span) = (LatencyEstimate::default(), Duration::from_secs(60));
        assert_eq!(estimate.seconds_within(span, SECOND), None);
        estimate.observe(Duration::from_millis(10), SECOND);
        assert!(estimate.seconds_within(span, 61 * SECOND).is_some());
        assert_eq!(estimate.seconds_within(span, 62 * SECOND), None);
        let remembered = LatencyEstimate::remembered(Some(Duration::from_millis(10)));
        assert!(remembered.seconds_within(span, 62 * SECOND).is_some());
    }

    #[test]
    fn what_was_not_waited_for_counts_only_if_it_was_slow() {
        let estimate = LatencyEstimate::default();
        estimate.observe(Duration::from_millis(100), SECOND);
        estimate.observe_at_least(Duration::from_millis(50), 0.01, SECOND);
        assert!((milliseconds_of(&estimate) - 100.0).abs() < 0.1);
        estimate.observe_at_least(Duration::from_millis(150), 0.2, SECOND);
        assert!((milliseconds_of(&estimate) - 150.0).abs() < 0.1);
        let unknown = LatencyEstimate::default();
        unknown.observe_at_least(Duration::from_millis(1), 0.1, SECOND);
        assert_eq!(unknown.seconds(), None, "a moment that was waited for makes nobody quick");
        unknown.observe_at_least(Duration::from_millis(300), 0.1, SECOND);
        assert!((milliseconds_of(&unknown) - 300.0).abs() < 0.1);
    }
}
