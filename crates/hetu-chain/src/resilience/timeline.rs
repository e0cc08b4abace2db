//! Numeric times on tokio's clock.

use std::time::Duration;

use tokio::time::Instant;

/// The origin from which a component counts its times.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    origin: Instant,
}

impl Timeline {
    /// Returns a time line that begins now.
    pub fn begin() -> Self {
        Self { origin: Instant::now() }
    }

    /// Returns the time since the origin.
    pub fn now(self) -> Duration {
        self.time_of(Instant::now())
    }

    /// Returns the time of `instant`, or zero if it is before the origin.
    pub fn time_of(self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }

    /// Returns the instant at which `time` has passed since the origin.
    pub fn instant_at(self, time: Duration) -> Instant {
        // An instant cannot represent such a distance; a century is equivalent to never.
        let century = Duration::from_secs(100 * 365 * 86_400);
        self.origin + time.min(century)
    }
}
