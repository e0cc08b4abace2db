//! The remembered Lens strategy of a connection's nodes.

use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;

use crate::Address;

/// The maximum number of list records in one call. It uses about 20 million gas, within the common
/// gas limits of calls.
pub(super) const LONGEST_PAGE: usize = 768;
/// The shortest page size that is remembered between lists.
const SHORTEST_REMEMBERED_PAGE: usize = 96;

/// A strategy of calling a Lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LensStrategy {
    /// A deployed Lens.
    Deployed(Address),
    /// A state override, which places the code at an address for the duration of the call.
    Override,
    /// Creation code that runs the Lens and reverts with the result. Nodes do not limit the length
    /// of that result.
    Creation,
}

/// The strategy and the page size that worked.
#[derive(Debug)]
pub(super) struct LensMemory {
    /// The strategy: `None` before the strategies were tried, `Some(None)` if none works.
    strategy: ArcSwapOption<Option<LensStrategy>>,
    page: AtomicUsize,
}

impl Default for LensMemory {
    fn default() -> Self {
        Self { strategy: ArcSwapOption::empty(), page: AtomicUsize::new(LONGEST_PAGE) }
    }
}

impl LensMemory {
    /// Returns the remembered strategy, `Some(None)` if none works, or `None` if none was tried.
    pub(super) fn strategy(&self) -> Option<Option<LensStrategy>> {
        self.strategy.load().as_deref().copied()
    }

    pub(super) fn remember(&self, strategy: Option<LensStrategy>) {
        self.strategy.store(Some(strategy.into()));
    }

    /// Removes a strategy that no longer works, so that the next reader tries all of them.
    pub(super) fn forget_strategy(&self) {
        self.strategy.store(None);
    }

    /// Returns the number of records to request in one call.
    pub(super) fn page(&self) -> usize {
        self.page.load(Ordering::Relaxed)
    }

    /// Remembers that a page of `count` records was too large for the node. The minimum ensures
    /// that one subnet with very large records does not permanently reduce the pages of all others
    /// to a few records.
    pub(super) fn was_too_long(&self, count: usize) {
        let shorter = (count / 2).max(SHORTEST_REMEMBERED_PAGE);
        self.page.fetch_min(shorter, Ordering::Relaxed);
    }
}
