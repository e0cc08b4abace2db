//! Moments as numbers, so that atomics hold them.

use std::time::Duration;

use tokio::time::Instant;

/// Nanoseconds since a second before the client was made; 0 is never.
pub(crate) type Moment = u64;

/// Where the counting of moments begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline(Instant);

impl Timeline {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Moment {
        nanoseconds(self.0.elapsed()) + nanoseconds(Duration::from_secs(1))
    }
}

/// 584 years are the most.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) fn after(moment: Moment, duration: Duration) -> Moment {
    moment.saturating_add(nanoseconds(duration))
}

/// What is left until `until`; nothing if that is over.
pub(crate) const fn left(until: Moment, now: Moment) -> Duration {
    Duration::from_nanos(until.saturating_sub(now))
}
