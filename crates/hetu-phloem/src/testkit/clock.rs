//! The time of day by tokio's clock.

use std::time::Duration;

use hetu_chain::Clock;
use tokio::time::Instant;

/// Begins on 2023-11-14 and goes on with tokio's clock, so that it stands still while that is
/// paused.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedClock {
    began: Instant,
}

impl SimulatedClock {
    const BEGINS_AT: Duration = Duration::from_secs(1_700_000_000);

    /// One that begins now.
    pub fn begin() -> Self {
        Self { began: Instant::now() }
    }
}

impl Clock for SimulatedClock {
    fn unix_time(&self) -> Duration {
        Self::BEGINS_AT + self.began.elapsed()
    }
}
