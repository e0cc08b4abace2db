//! The outcomes of one miner since the client was made.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::OutcomeClass;

/// The counts of outcomes by class, and the result of the first probe. A miner that was found by a
/// probe, or has an outcome, stays known.
#[derive(Debug, Default)]
pub(super) struct OutcomeTally {
    counts: [AtomicU64; OutcomeClass::ALL.len()],
    was_found: AtomicBool,
}

impl OutcomeTally {
    pub(super) fn count(&self, class: OutcomeClass) {
        self.counts[class.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn of(&self, class: OutcomeClass) -> u64 {
        self.counts[class.index()].load(Ordering::Relaxed)
    }

    pub(super) fn is_empty(&self) -> bool {
        OutcomeClass::ALL.into_iter().all(|class| self.of(class) == 0)
    }

    /// Records that a probe found the miner.
    pub(super) fn note_found(&self) {
        self.was_found.store(true, Ordering::Relaxed);
    }

    /// Returns `true` if no outcome and no probe said anything about the miner.
    pub(super) fn is_unknown(&self) -> bool {
        self.is_empty() && !self.was_found.load(Ordering::Relaxed)
    }
}
