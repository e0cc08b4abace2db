//! The ejection of one miner, and the outcomes by which it is compared with others.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::timeline::{AtomicMoment, Moment};

const FEWEST_OUTCOMES: u32 = 10;
const EJECTION: Duration = Duration::from_secs(30);
const LONGEST_EJECTION: Duration = Duration::from_secs(300);

/// The outcomes of the present interval, and the ejections of earlier intervals. Each ejection
/// lasts longer than the one before, until good intervals take ejections off.
#[derive(Debug, Default)]
pub(super) struct Ejection {
    successes: AtomicU32,
    failures: AtomicU32,
    until: AtomicMoment,
    /// The number of ejections, less the good intervals since.
    times: AtomicU32,
}

impl Ejection {
    pub(super) fn count(&self, is_success: bool) {
        let count = if is_success { &self.successes } else { &self.failures };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends the interval. Returns its success rate, or `None` if it had fewer than ten outcomes.
    pub(super) fn end_interval(&self) -> Option<f64> {
        let successes = self.successes.swap(0, Ordering::Relaxed);
        let outcomes = successes.saturating_add(self.failures.swap(0, Ordering::Relaxed));
        (outcomes >= FEWEST_OUTCOMES).then(|| f64::from(successes) / f64::from(outcomes))
    }

    /// Ejects the miner. Returns the number of ejections that count.
    pub(super) fn eject(&self, now: Moment) -> u32 {
        let times = self.times.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        self.until.set(now.saturating_add(EJECTION.saturating_mul(times).min(LONGEST_EJECTION)));
        times
    }

    /// Takes one ejection off.
    pub(super) fn forgive_one(&self) {
        let forgive = |times: u32| times.checked_sub(1);
        // The update fails at zero.
        let _ = self.times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, forgive);
    }

    /// Returns the end of the ejection, or `None` if there is none at `now`.
    pub(super) fn until(&self, now: Moment) -> Option<Moment> {
        self.until.after(now)
    }
}
