//! Peak EWMA: a mean of latencies that believes bad news at once and good news slowly.
//!
//! A latency above the mean becomes the mean. One below moves it by `1 - exp(-t / 10 s)` of the
//! way, where `t` is the time since the last one, so that a peer which answers quickly for ten
//! seconds has made up for most of one slow answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const DECAY: Duration = Duration::from_secs(10);

/// The mean in microseconds and the time of the last latency, in one word so that both change
/// together without a lock.
#[derive(Debug, Default)]
pub(super) struct PeakLatency(AtomicU64);

impl PeakLatency {
    pub(super) const fn restored(word: u64) -> Self {
        Self(AtomicU64::new(word))
    }

    pub(super) fn word(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn observe(&self, latency: Duration, now: Duration) {
        let micros = (latency.as_secs_f32() * 1e6).max(1.0);
        // It does not fail: the closure always has a value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            let (mean, then) = unpack(word);
            let mean = if word == 0 || micros >= mean {
                micros
            } else {
                let share = (-passed(then, now).as_secs_f32() / DECAY.as_secs_f32()).exp();
                mean.mul_add(share, micros * (1.0 - share))
            };
            Some(pack(mean, now))
        });
    }

    /// Nothing before the first latency.
    pub(super) fn mean(&self) -> Option<Duration> {
        let word = self.word();
        let micros = unpack(word).0;
        (word != 0 && micros.is_finite() && micros > 0.0)
            .then(|| Duration::from_secs_f32(micros.min(1e12) / 1e6))
    }
}

/// Ticks of 1/8 s since 1970, of which 32 bits go round once in 17 years.
#[expect(clippy::cast_possible_truncation, reason = "what is cut off goes round")]
pub(super) const fn ticks(time: Duration) -> u32 {
    (time.as_millis() / 125) as u32
}

/// Nothing if the clock was set back.
pub(super) fn passed(then: u32, now: Duration) -> Duration {
    let passed = ticks(now).wrapping_sub(then);
    let is_forward = passed < u32::MAX / 2;
    Duration::from_millis(if is_forward { u64::from(passed) * 125 } else { 0 })
}

pub(super) fn pack(value: f32, now: Duration) -> u64 {
    u64::from(value.to_bits()) << 32 | u64::from(ticks(now))
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of the word")]
pub(super) const fn unpack(word: u64) -> (f32, u32) {
    (f32::from_bits((word >> 32) as u32), word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_700_000_000 + seconds)
    }

    #[test]
    fn bad_news_count_at_once_and_good_news_slowly() {
        let latency = PeakLatency::default();
        assert_eq!(latency.mean(), None);
        latency.observe(Duration::from_millis(10), at(0));
        latency.observe(Duration::from_millis(500), at(1));
        assert_eq!(latency.mean(), Some(Duration::from_millis(500)));
        latency.observe(Duration::from_millis(10), at(2));
        let soon = latency.mean().unwrap();
        assert!(soon > Duration::from_millis(450), "{soon:?}");
        latency.observe(Duration::from_millis(10), at(32));
        let later = latency.mean().unwrap();
        assert!(later < Duration::from_millis(40), "{later:?}");
    }

    #[test]
    fn a_clock_that_is_set_back_changes_nothing_by_itself() {
        let latency = PeakLatency::default();
        latency.observe(Duration::from_millis(500), at(100));
        latency.observe(Duration::from_millis(10), at(50));
        assert_eq!(latency.mean(), Some(Duration::from_millis(500)));
    }
}
