//! Exponential delays between attempts.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// From this number on, delays are equal: the factor of two has exceeded every bound.
const MOST_DOUBLINGS: u32 = 63;

/// An exponential backoff: each delay is twice the previous one, up to a bound.
///
/// Counts the delays since the last [`reset`](Self::reset). Code that counts its failures itself
/// uses [`delay_after`](Self::delay_after).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use hetu_chain::resilience::Backoff;
///
/// let mut backoff = Backoff::between(Duration::from_millis(250), Duration::from_secs(1));
/// let delays: Vec<_> = (0..4).map(|_| backoff.next_delay().as_millis()).collect();
/// assert_eq!(delays, [250, 500, 1_000, 1_000]);
/// backoff.reset();
/// assert_eq!(backoff.next_delay(), Duration::from_millis(250));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    delays: ExponentialBuilder,
    taken: u32,
}

impl Backoff {
    /// Returns a backoff that starts with `first` and never exceeds `longest`.
    pub const fn between(first: Duration, longest: Duration) -> Self {
        let delays = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(longest)
            .without_max_times();
        Self { delays, taken: 0 }
    }

    /// Returns the next delay and counts it.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.delay_after(self.taken);
        self.taken = self.taken.saturating_add(1);
        delay
    }

    /// Restarts with the first delay.
    pub const fn reset(&mut self) {
        self.taken = 0;
    }

    /// Returns the delay that follows `taken` earlier ones, independent of the internal count.
    pub fn delay_after(&self, taken: u32) -> Duration {
        let doublings = usize::try_from(taken.min(MOST_DOUBLINGS)).unwrap_or_default();
        // The delays never end: the builder has no bound on their number.
        self.delays.build().nth(doublings).map_or(Duration::MAX, whole_microseconds)
    }
}

/// Undoes the rounding of backon, which multiplies seconds in single precision.
fn whole_microseconds(delay: Duration) -> Duration {
    let rounded = delay.saturating_add(Duration::from_nanos(500));
    rounded.saturating_sub(Duration::from_nanos(u64::from(rounded.subsec_nanos() % 1_000)))
}

/// A random factor for a delay, so that callers that failed at the same time do not retry at the
/// same time.
///
/// The randomness is a parameter, so that a seeded simulation is reproducible. The jitter of backon
/// is not used, because it only lengthens delays and owns its generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter {
    least: f64,
    most: f64,
}

impl Jitter {
    /// Any factor from 0 to 1.
    pub const FULL: Self = Self { least: 0.0, most: 1.0 };

    /// A factor up to a fifth shorter or longer.
    pub const FIFTH: Self = Self { least: 0.8, most: 1.2 };

    /// Multiplies `delay` by the factor at `share` of the range; `share` is from 0 to 1.
    pub fn apply(self, delay: Duration, share: f64) -> Duration {
        let factor = (self.most - self.least).mul_add(share.clamp(0.0, 1.0), self.least);
        Duration::try_from_secs_f64(delay.as_secs_f64() * factor).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_doubles_up_to_its_bound_without_rounding() {
        let backoff = Backoff::between(Duration::from_millis(200), Duration::from_secs(10));
        for (taken, milliseconds) in [200, 400, 800, 1_600, 3_200, 6_400, 10_000].iter().enumerate()
        {
            let delay = backoff.delay_after(u32::try_from(taken).unwrap());
            assert_eq!(delay, Duration::from_millis(*milliseconds));
        }
        assert_eq!(backoff.delay_after(u32::MAX), Duration::from_secs(10));
    }

    #[test]
    fn backoff_without_bound_saturates() {
        let backoff = Backoff::between(Duration::from_secs(1), Duration::MAX);
        assert!(backoff.delay_after(62) > Duration::from_secs(1 << 61));
        assert!(backoff.delay_after(u32::MAX) >= backoff.delay_after(62));
    }

    #[test]
    fn jitter_moves_a_delay_within_its_range() {
        let second = Duration::from_secs(1);
        assert_eq!(Jitter::FIFTH.apply(second, 0.0), Duration::from_millis(800));
        assert_eq!(Jitter::FIFTH.apply(second, 0.5), second);
        assert_eq!(Jitter::FIFTH.apply(second, 7.0), Duration::from_millis(1_200));
        assert_eq!(Jitter::FULL.apply(second, 0.0), Duration::ZERO);
        assert_eq!(Jitter::FULL.apply(second, 0.25), Duration::from_millis(250));
    }
}
