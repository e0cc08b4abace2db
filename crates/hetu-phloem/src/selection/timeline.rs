//! Moments, and atomics that hold them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hetu_chain::resilience;

/// A time since one second before the client was made, so that no moment is zero.
pub(super) type Moment = Duration;

/// The origin of moments.
#[derive(Clone, Copy, Debug)]
pub(super) struct SelectionClock(resilience::Timeline);

impl SelectionClock {
    pub(super) fn begin() -> Self {
        Self(resilience::Timeline::begin())
    }

    pub(super) fn now(self) -> Moment {
        self.0.now() + Duration::from_secs(1)
    }
}

/// A moment, or never, that changes without a lock. Nanoseconds; zero is never.
#[derive(Debug, Default)]
pub(super) struct AtomicMoment(AtomicU64);

impl AtomicMoment {
    /// Begins with `moment`, or with never.
    pub(super) fn new(moment: Option<Moment>) -> Self {
        Self(AtomicU64::new(moment.map_or(0, nanoseconds)))
    }

    pub(super) fn get(&self) -> Option<Moment> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            moment => Some(Duration::from_nanos(moment)),
        }
    }

    pub(super) fn set(&self, moment: Moment) {
        self.0.store(nanoseconds(moment), Ordering::Relaxed);
    }

    /// Sets it to never.
    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Sets it to `moment` unless it is later already.
    pub(super) fn advance(&self, moment: Moment) {
        self.0.fetch_max(nanoseconds(moment), Ordering::Relaxed);
    }

    /// Sets it to `next` if it is still `before`. Returns `true` if it did.
    pub(super) fn replace(&self, before: Option<Moment>, next: Moment) -> bool {
        let before = before.map_or(0, nanoseconds);
        let next = nanoseconds(next);
        self.0.compare_exchange(before, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Returns the moment, if it is after `now`.
    pub(super) fn after(&self, now: Moment) -> Option<Moment> {
        self.get().filter(|moment| now < *moment)
    }
}

/// Returns the nanoseconds of `moment`, at most 584 years.
fn nanoseconds(moment: Moment) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}
