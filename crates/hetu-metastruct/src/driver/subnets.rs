//! All followed subnets, and the log of blocks that they share.

use std::collections::BTreeMap;
use std::sync::Arc;

use hetu_chain::model::{Block, ChainEvent};
use hetu_chain::{BlockId, NetUid};
use tokio::time::Instant;

use super::block_log::BlockLog;
use super::followed_subnet::FollowedSubnet;
use super::reads::AllSubnets;
use crate::cold_sync::SubnetState;
use crate::hub::Hub;
use crate::tracked::Tracked;
use crate::{SubnetChange, UpdateCause, View};

/// The followed subnets by number. All views are of the newest block of one log, except those of
/// lost subnets.
pub(super) struct FollowedSubnets {
    hub: Arc<Hub>,
    subnets: BTreeMap<NetUid, FollowedSubnet>,
    /// `None` before the first read of the chain.
    log: Option<BlockLog>,
}

/// A reorganisation that reaches below the oldest block that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooDeep;

impl FollowedSubnets {
    /// Follows `tracked` from `block` on, or leaves it lost if that is `None`.
    pub(super) fn new(hub: Arc<Hub>, tracked: Arc<Tracked>, block: Option<Block>) -> Self {
        let netuid = tracked.netuid;
        let log = block.map(BlockLog::starting_with);
        let mut followed = FollowedSubnet::lost(tracked, hub.allows_private_addresses());
        if let Some(log) = &log {
            followed.adopt(View::clone(&followed.view), log);
        }
        Self { hub, subnets: BTreeMap::from([(netuid, followed)]), log }
    }

    pub(super) fn get(&self, netuid: NetUid) -> Option<&FollowedSubnet> {
        self.subnets.get(&netuid)
    }

    pub(super) fn len(&self) -> usize {
        self.subnets.len()
    }

    pub(super) fn netuids(&self) -> Vec<NetUid> {
        self.subnets.keys().copied().collect()
    }

    pub(super) fn tracked(&self) -> impl Iterator<Item = &Arc<Tracked>> {
        self.subnets.values().map(|followed| &followed.tracked)
    }

    pub(super) fn remove(&mut self, netuid: NetUid) {
        self.subnets.remove(&netuid);
    }

    /// Returns the newest block that was followed or read, or `None` before the first one.
    pub(super) fn newest(&self) -> Option<Block> {
        self.log.as_ref().and_then(BlockLog::newest)
    }

    pub(super) fn is_newest(&self, block: BlockId) -> bool {
        self.newest().is_some_and(|newest| newest.id == block)
    }

    /// Returns `true` if `block` follows the newest one.
    pub(super) fn is_next(&self, block: &Block) -> bool {
        self.newest().is_some_and(|newest| newest.id.hash == block.parent)
    }

    pub(super) fn rank_changed(&self) {
        self.tracked().for_each(|tracked| tracked.rank_if_changed());
    }

    /// Sets the time of the views of `head`, which was the newest block at `asked`.
    pub(super) fn confirm(&self, head: BlockId, asked: Instant) {
        for followed in self.subnets.values().filter(|followed| !followed.is_lost) {
            followed.tracked.confirm(head, asked);
        }
    }

    /// Applies the next block. `asked` is set if it is known to be the newest one.
    pub(super) fn add_block(
        &mut self,
        block: Block,
        events: Vec<ChainEvent>,
        asked: Option<Instant>,
    ) {
        let Some(log) = &mut self.log else { return };
        log.push(block, events);
        let (floor, Some(newest)) = (log.floor(), log.newest_entry()) else { return };
        for (netuid, followed) in self.subnets.iter_mut().filter(|(_, one)| !one.is_lost) {
            let changes = followed.advance(newest);
            changes.iter().for_each(|change| self.hub.metrics.changed(*netuid, change.kind()));
            followed.forget_below(floor);
            followed.publish(changes, UpdateCause::Block, asked);
        }
    }

    /// Undoes all blocks above `back_to`.
    pub(super) fn go_back_to(&mut self, back_to: BlockId) -> Result<(), TooDeep> {
        let Some((block, dropped)) = self.log.as_mut().and_then(|log| log.go_back_to(back_to))
        else {
            self.hub.metrics.reorganised(0);
            return Err(TooDeep);
        };
        self.hub.metrics.reorganised(dropped);
        // The head that a node named may be one of the dropped blocks.
        self.hub.set_status(|status| status.head = None);
        for followed in self.subnets.values_mut().filter(|followed| !followed.is_lost) {
            let changes = followed.go_back_to(block).ok_or(TooDeep)?;
            followed.publish(changes, UpdateCause::Rollback, None);
        }
        Ok(())
    }

    /// Replaces all views by those that were read. Subnets that were not read become lost.
    pub(super) fn replace_all(&mut self, read: AllSubnets, asked: Instant) {
        let AllSubnets { block, states } = read;
        self.log = Some(BlockLog::starting_with(block));
        self.subnets.values_mut().for_each(|followed| followed.is_lost = true);
        for (netuid, state) in states {
            self.adopt(netuid, state, UpdateCause::Resync, Some(asked));
        }
        for (netuid, _) in self.subnets.iter().filter(|(_, followed)| followed.is_lost) {
            tracing::warn!(%netuid, "the chain has no such subnet any more");
        }
    }

    /// Replaces the view by a fresh read, unless the block of the read is not followed.
    pub(super) fn adopt(
        &mut self,
        netuid: NetUid,
        state: SubnetState,
        cause: UpdateCause,
        asked: Option<Instant>,
    ) {
        let (Some(log), Some(followed)) = (&self.log, self.subnets.get_mut(&netuid)) else {
            return;
        };
        let fresh = state.into_view(self.hub.allows_private_addresses());
        if !followed.adopt(fresh, log) {
            return;
        }
        let shown = followed.tracked.view();
        let mut changes = shown.differences(&followed.view);
        changes.extend(SubnetChange::epoch_between(&shown, &followed.view));
        changes.iter().for_each(|change| self.hub.metrics.changed(netuid, change.kind()));
        followed.publish(changes, cause, asked);
        followed.tracked.rank_if_changed();
    }

    /// Follows a subnet that was just read, or returns `false` if its block is not followed.
    pub(super) fn insert(&mut self, tracked: &Arc<Tracked>, asked: Instant) -> bool {
        let Some(log) = &self.log else { return false };
        let allows_private = self.hub.allows_private_addresses();
        let mut followed = FollowedSubnet::lost(Arc::clone(tracked), allows_private);
        let is_followed = followed.adopt(View::clone(&tracked.view()), log);
        if is_followed {
            followed.publish(Vec::new(), UpdateCause::Block, Some(asked));
            self.subnets.insert(tracked.netuid, followed);
        }
        is_followed
    }
}
