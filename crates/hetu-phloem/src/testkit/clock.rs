//! A clock for the time of day that follows tokio's clock.

use std::time::Duration;

use hetu_chain::Clock;
use tokio::time::Instant;

/// A clock that starts on 2023-11-14 and follows tokio's clock, so that it stops while that is
/// paused.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedClock {
    began: Instant,
}

impl SimulatedClock {
    const BEGINS_AT: Duration = Duration::from_secs(1_700_000_000);

    /// Returns a clock that starts now.
    pub fn begin() -> Self {
        Self { began: Instant::now() }
    }
}

impl Clock for SimulatedClock {
    fn unix_time(&self) -> Duration {
        Self::BEGINS_AT + self.began.elapsed()
    }
}
