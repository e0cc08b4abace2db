//! The source of time, which tests can control.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of wall-clock time.
///
/// Signature windows, replay windows and block times all read the time through this trait.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Returns the time since 1970-01-01T00:00:00Z.
    fn unix_time(&self) -> Duration;

    /// Returns the time in whole seconds since 1970-01-01T00:00:00Z, the unit of HTTP message
    /// signatures.
    fn unix_seconds(&self) -> u64 {
        self.unix_time().as_secs()
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn unix_time(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// A clock that moves only on request, for tests and simulations.
#[derive(Debug, Default)]
pub struct ManualClock {
    milliseconds: AtomicU64,
}

impl ManualClock {
    /// Creates a clock that stands at `unix_time`, rounded down to milliseconds.
    pub fn at(unix_time: Duration) -> Self {
        let clock = Self::default();
        clock.set(unix_time);
        clock
    }

    /// Moves the clock to `unix_time`, rounded down to milliseconds.
    pub fn set(&self, unix_time: Duration) {
        self.milliseconds.store(milliseconds(unix_time), Ordering::Release);
    }

    /// Moves the clock forward by `step`.
    pub fn advance(&self, step: Duration) {
        self.milliseconds.fetch_add(milliseconds(step), Ordering::AcqRel);
    }
}

impl Clock for ManualClock {
    fn unix_time(&self) -> Duration {
        Duration::from_millis(self.milliseconds.load(Ordering::Acquire))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told_to() {
        let clock = ManualClock::at(Duration::from_secs(1_700_000_000));
        assert_eq!(clock.unix_seconds(), 1_700_000_000);
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(clock.unix_seconds(), 1_700_000_001);
    }

    #[test]
    fn the_system_clock_is_past_the_year_2020() {
        assert!(SystemClock.unix_seconds() > 1_577_836_800);
    }
}
