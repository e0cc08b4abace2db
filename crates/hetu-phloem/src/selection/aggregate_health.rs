//! Measures over all candidates together, updated periodically.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::candidates::CandidateList;
use super::timeline::{AtomicMoment, Moment};

/// The time for which the measures are valid.
const BELIEVED: Duration = Duration::from_millis(100);
/// Below this share of healthy candidates, a comparison between them is not meaningful.
const PANIC_BELOW: f64 = 0.5;

#[derive(Debug, Default)]
pub(super) struct AggregateHealth {
    /// The median in seconds, as bits of an f64; 0 before the first answer.
    middle_latency: AtomicU64,
    is_panicking: AtomicBool,
    next_look: AtomicMoment,
}

impl AggregateHealth {
    /// Returns the median of the known latencies, in seconds; 0 if none is known.
    pub(super) fn middle_latency(&self) -> f64 {
        f64::from_bits(self.middle_latency.load(Ordering::Relaxed))
    }

    /// Returns `true` if fewer than half of the candidates are healthy.
    pub(super) fn is_panicking(&self) -> bool {
        self.is_panicking.load(Ordering::Relaxed)
    }

    /// Returns `true` if the measures are due and this caller is the one to update them.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        let due = self.next_look.get();
        let is_over = due.is_none_or(|due| now >= due);
        is_over && self.next_look.replace(due, now.saturating_add(BELIEVED))
    }

    pub(super) fn look(&self, list: &CandidateList, now: Moment) {
        let candidates = &list.candidates;
        let stats = || candidates.iter().map(|candidate| &candidate.stats);
        let mut known: Vec<f64> = stats().filter_map(|stats| stats.latency.seconds(now)).collect();
        let middle = if known.is_empty() {
            0.0
        } else {
            // The lower one of an even count, so that half of the candidates never set the other
            // half's limit.
            let place = (known.len() - 1) / 2;
            *known.select_nth_unstable_by(place, f64::total_cmp).1
        };
        self.middle_latency.store(middle.to_bits(), Ordering::Relaxed);
        let healthy = stats().filter(|stats| stats.health.is_healthy(now)).count();
        let is_panicking = share(healthy, candidates.len()) < PANIC_BELOW;
        if self.is_panicking.swap(is_panicking, Ordering::Relaxed) != is_panicking {
            tracing::warn!(healthy, known = candidates.len(), is_panicking, "health of the miners");
        }
    }
}

/// Returns the share of `part` in `whole`; 1 if `whole` is 0.
#[expect(clippy::cast_precision_loss, reason = "there are not that many")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
