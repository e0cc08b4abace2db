//! The age of views, and the reasons why a view is not used for decisions.

use std::time::Duration;

use crate::health::Freshness;
use crate::hub::Hub;
use crate::tracked::{CurrentView, SyncState, Tracked};
use crate::{StaleReason, StaleView};

impl Hub {
    pub(crate) fn freshness(&self, tracked: &Tracked) -> Freshness {
        let current = tracked.current.load();
        let age = current.age();
        self.staleness(&current).map_or(Freshness::Fresh { age }, Freshness::Stale)
    }

    /// Returns the reason why the view must not be used for decisions, or `None` if it is fresh.
    pub(crate) fn staleness(&self, current: &CurrentView) -> Option<StaleView> {
        let (age, limit) = (current.age(), self.settings.max_age);
        let reason = match current.sync_state {
            SyncState::Unfollowed => StaleReason::Unfollowed,
            _ if self.status.load().is_other_chain => StaleReason::OtherChain,
            SyncState::Restored => StaleReason::NotSynced,
            SyncState::Synced if age > limit => {
                let head = self.status.load().head;
                let known = current.view.block.id.number;
                let is_behind = head.is_some_and(|head| head.id.number > known);
                if is_behind { StaleReason::Behind } else { StaleReason::OutOfReach }
            }
            SyncState::Synced => {
                let limit = self.settings.max_block_age?;
                let made = Duration::from_secs(current.view.block.time);
                let age = self.clock.unix_time().saturating_sub(made);
                let reason = StaleReason::OldBlock;
                return (age > limit).then_some(StaleView { age, limit, reason });
            }
        };
        Some(StaleView { age, limit, reason })
    }
}
