//! The latency of one miner: a peak EWMA of the answers that were awaited.
//!
//! A quicker answer moves the estimate slowly, so one that is older than 5 s is replaced: a slow
//! miner that is tried again after 10 s needs one quick answer, and not many.

use std::time::Duration;

use hetu_chain::resilience::{PeakEwma, PeakEwmaPolicy};

use super::timeline::Moment;

/// Estimates that are older than this are discarded.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(3_600);

const POLICY: PeakEwmaPolicy = PeakEwmaPolicy {
    decay: Duration::from_secs(10),
    replaced_after: Duration::from_secs(5),
    tick: Duration::from_millis(1),
};

/// The latency estimate of one miner.
#[derive(Debug, Default)]
pub(super) struct LatencyEstimate(PeakEwma);

impl LatencyEstimate {
    /// Begins with a latency from an earlier run; the first answer replaces it.
    pub(super) fn remembered(latency: Option<Duration>) -> Self {
        Self(PeakEwma::remembered(latency))
    }

    /// Returns the estimate in seconds, or `None` if there was no answer in the last hour.
    pub(super) fn seconds(&self, now: Moment) -> Option<f64> {
        self.0.seconds_within(REMEMBERED_FOR, now, &POLICY)
    }

    pub(super) fn observe(&self, latency: Duration, now: Moment) {
        self.0.observe(latency, now, &POLICY);
    }

    /// Records that an answer took at least `latency` and was not awaited. That is no measurement:
    /// if no latency is known, it counts only if it is more than the `assumed` seconds.
    pub(super) fn observe_at_least(&self, latency: Duration, assumed: f64, now: Moment) {
        let known = self.0.estimate().map_or(assumed, |latency| latency.as_secs_f64());
        if latency.as_secs_f64() > known {
            self.observe(latency, now);
        }
    }

    /// Replaces the estimate.
    pub(super) fn restart(&self, latency: Duration, now: Moment) {
        self.0.restart(latency, now, &POLICY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(seconds)
    }

    fn milliseconds(estimate: &LatencyEstimate, now: Moment) -> f64 {
        estimate.seconds(now).unwrap() * 1_000.0
    }

    #[test]
    fn a_slow_answer_counts_at_once_and_quick_ones_slowly() {
        let estimate = LatencyEstimate::default();
        assert_eq!(estimate.seconds(at(1)), None);
        estimate.observe(Duration::from_millis(10), at(1));
        estimate.observe(Duration::from_millis(500), at(2));
        assert!((milliseconds(&estimate, at(2)) - 500.0).abs() < 0.1);
        estimate.observe(Duration::from_millis(10), at(3));
        let soon = milliseconds(&estimate, at(3));
        assert!((450.0..460.0).contains(&soon), "{soon}");
    }

    #[test]
    fn what_is_older_than_five_seconds_or_remembered_is_replaced() {
        let estimate = LatencyEstimate::default();
        estimate.observe(Duration::from_millis(500), at(1));
        estimate.observe(Duration::from_millis(10), at(6));
        assert!((milliseconds(&estimate, at(6)) - 10.0).abs() < 0.1);
        let remembered = LatencyEstimate::remembered(Some(Duration::from_secs(9)));
        assert!((milliseconds(&remembered, at(1)) - 9_000.0).abs() < 0.1);
        remembered.observe(Duration::from_millis(10), at(1));
        assert!((milliseconds(&remembered, at(1)) - 10.0).abs() < 0.1);
    }

    #[test]
    fn what_is_old_is_not_known_any_more() {
        let (estimate, hour) = (LatencyEstimate::default(), 3_600);
        estimate.observe(Duration::from_millis(10), at(1));
        assert!(estimate.seconds(at(1 + hour)).is_some());
        assert_eq!(estimate.seconds(at(2 + hour)), None);
        let remembered = LatencyEstimate::remembered(Some(Duration::from_millis(10)));
        assert!(remembered.seconds(at(2 + hour)).is_some());
    }

    #[test]
    fn what_was_not_waited_for_counts_only_if_it_was_slow() {
        let (estimate, now) = (LatencyEstimate::default(), at(1));
        estimate.observe(Duration::from_millis(100), now);
        estimate.observe_at_least(Duration::from_millis(50), 0.01, now);
        assert!((milliseconds(&estimate, now) - 100.0).abs() < 0.1);
        estimate.observe_at_least(Duration::from_millis(150), 0.2, now);
        assert!((milliseconds(&estimate, now) - 150.0).abs() < 0.1);
        let unknown = LatencyEstimate::default();
        unknown.observe_at_least(Duration::from_millis(1), 0.1, now);
        assert_eq!(unknown.seconds(now), None, "a moment that was waited for makes nobody quick");
        unknown.observe_at_least(Duration::from_millis(300), 0.1, now);
        assert!((milliseconds(&unknown, now) - 300.0).abs() < 0.1);
    }
}
