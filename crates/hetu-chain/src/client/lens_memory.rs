//! The memory of a connection of how its nodes run a Lens.

use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;

use crate::Address;

/// The most records of a list in one call: about 20 million gas, which the common caps on calls
/// allow.
pub(super) const LONGEST_PAGE: usize = 768;
/// The shortest page that is remembered from one list to the next.
const SHORTEST_REMEMBERED_PAGE: usize = 96;

/// A strategy of calling a Lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LensStrategy {
    /// It is deployed.
    Deployed(Address),
    /// Its code is placed at an address for the length of the call.
    Override,
    /// Creation code runs it and reverts with the result, which nodes do not limit in length.
    Creation,
}

/// The strategy and the page size that worked.
#[derive(Debug)]
pub(super) struct LensMemory {
    /// `None` before the strategies were tried, and `Some(None)` if none of them works.
    strategy: ArcSwapOption<Option<LensStrategy>>,
    page: AtomicUsize,
}

impl Default for LensMemory {
    fn default() -> Self {
        Self { strategy: ArcSwapOption::empty(), page: AtomicUsize::new(LONGEST_PAGE) }
    }
}

impl LensMemory {
    /// Returns the remembered strategy: `Some(None)` if none works, `None` if none was tried.
    pub(super) fn strategy(&self) -> Option<Option<LensStrategy>> {
        self.strategy.load().as_deref().copied()
    }

    pub(super) fn remember(&self, strategy: Option<LensStrategy>) {
        self.strategy.store(Some(strategy.into()));
    }

    /// Forgets a strategy that no longer works, so that the next reader tries all of them.
    pub(super) fn forget_strategy(&self) {
        self.strategy.store(None);
    }

    /// Returns the number of records to ask for in one call.
    pub(super) fn page(&self) -> usize {
        self.page.load(Ordering::Relaxed)
    }

    /// Remembers that a page of `count` records was too long for the node. One subnet with
    /// records out of all proportion does not shorten the pages of all others for good.
    pub(super) fn was_too_long(&self, count: usize) {
        let shorter = (count / 2).max(SHORTEST_REMEMBERED_PAGE);
        self.page.fetch_min(shorter, Ordering::Relaxed);
    }
}
