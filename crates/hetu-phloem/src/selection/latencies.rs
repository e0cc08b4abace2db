//! The latencies of answers over all miners, for hedging and reports.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::timeline::Moment;

/// The length of a window. The last two windows count.
const WINDOW_SECONDS: u64 = 30;
/// Eight buckets to the octave, from a microsecond to more than an hour: each is 9 % wide.
const PER_OCTAVE: f64 = 8.0;
const BUCKETS: usize = 256;
const FIRST: f64 = 1e-6;

/// The answers of the last 30 to 60 seconds by their latency.
#[derive(Debug)]
pub(super) struct RecentLatencies([LatencyWindow; 2]);

#[derive(Debug)]
struct LatencyWindow {
    /// The number of its half minute.
    period: AtomicU64,
    counts: [AtomicU32; BUCKETS],
}

impl Default for RecentLatencies {
    fn default() -> Self {
        let window = || LatencyWindow {
            period: AtomicU64::new(0),
            counts: std::array::from_fn(|_| AtomicU32::new(0)),
        };
        Self([window(), window()])
    }
}

impl RecentLatencies {
    pub(super) fn record(&self, latency: Duration, now: Moment) {
        let period = now.as_secs() / WINDOW_SECONDS;
        let window = &self.0[usize::from(period % 2 == 1)];
        let before = window.period.load(Ordering::Relaxed);
        let turns = before != period
            && window
                .period
                .compare_exchange(before, period, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if turns {
            window.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        }
        window.counts[bucket(latency)].fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the latency that `share` of the answers did not exceed, or `None` if there were
    /// fewer than `fewest`.
    pub(super) fn percentile(&self, share: f64, fewest: u64, now: Moment) -> Option<Duration> {
        let period = now.as_secs() / WINDOW_SECONDS;
        let is_recent = |window: &&LatencyWindow| {
            period.saturating_sub(window.period.load(Ordering::Relaxed)) < 2
        };
        let mut counts = [0_u64; BUCKETS];
        for window in self.0.iter().filter(is_recent) {
            for (sum, count) in counts.iter_mut().zip(&window.counts) {
                *sum += u64::from(count.load(Ordering::Relaxed));
            }
        }
        let all: u64 = counts.iter().sum();
        if all == 0 || all < fewest {
            return None;
        }
        let wanted = rank(share, all);
        let mut seen = 0;
        let place = counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        place.map(upper_bound)
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count"
)]
fn rank(share: f64, all: u64) -> u64 {
    ((all as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number that is clamped to the places"
)]
fn bucket(latency: Duration) -> usize {
    let octaves = (latency.as_secs_f64() / FIRST).max(1.0).log2();
    ((octaves * PER_OCTAVE) as usize).min(BUCKETS - 1)
}

#[expect(clippy::cast_precision_loss, reason = "a place")]
fn upper_bound(place: usize) -> Duration {
    Duration::from_secs_f64(FIRST * ((place as f64 + 1.0) / PER_OCTAVE).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Moment = Duration::from_secs(1);

    fn percentile(latencies: &RecentLatencies, share: f64, now: Moment) -> f64 {
        latencies.percentile(share, 1, now).unwrap().as_secs_f64() * 1_000.0
    }

    #[test]
    fn percentiles_are_right_within_a_tenth() {
        let latencies = RecentLatencies::default();
        (1..=1_000).for_each(|number| latencies.record(Duration::from_millis(number), SECOND));
        for (share, expected) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let told = percentile(&latencies, share, SECOND);
            assert!((expected..expected * 1.1).contains(&told), "{share}: {told}");
        }
    }

    #[test]
    fn what_is_over_a_minute_old_is_forgotten() {
        let latencies = RecentLatencies::default();
        latencies.record(Duration::from_secs(9), SECOND);
        latencies.record(Duration::from_millis(10), SECOND * 31);
        assert!(percentile(&latencies, 1.0, SECOND * 59) > 9_000.0);
        assert!(percentile(&latencies, 1.0, SECOND * 61) < 12.0);
        assert_eq!(latencies.percentile(1.0, 1, SECOND * 121), None);
        assert!(latencies.percentile(1.0, 2, SECOND * 31).is_some());
        assert_eq!(latencies.percentile(1.0, 3, SECOND * 31), None);
    }

    #[test]
    fn the_longest_and_the_shortest_have_a_place() {
        assert_eq!(bucket(Duration::ZERO), 0);
        assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
    }
}
