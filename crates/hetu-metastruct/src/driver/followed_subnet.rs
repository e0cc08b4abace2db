//! A followed subnet and the changes that a reorganisation may undo.

use std::collections::VecDeque;
use std::sync::Arc;

use hetu_chain::model::Block;
use tokio::time::Instant;

use super::block_log::{BlockLog, LoggedBlock};
use crate::advance::{Undo, advance, go_back};
use crate::tracked::Tracked;
use crate::{SubnetChange, UpdateCause, View};

/// Maximum number of remembered members in their earlier state, for all blocks together.
const MOST_REMEMBERED: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct FollowedSubnet {
    pub(super) tracked: Arc<Tracked>,
    pub(super) view: Arc<View>,
    /// The values that blocks replaced, with the height of each block.
    undo: VecDeque<(u64, Undo)>,
    remembered: usize,
    /// The lowest height that a rollback can reach.
    floor: u64,
    /// `true` if the view is not of a followed block, so that the subnet waits for a fresh read.
    pub(super) is_lost: bool,
    allows_private: bool,
}

impl FollowedSubnet {
    /// Returns a subnet with a view that is not of a followed block yet.
    pub(super) fn lost(tracked: Arc<Tracked>, allows_private: bool) -> Self {
        let view = tracked.view();
        let floor = u64::MAX;
        let undo = VecDeque::new();
        Self { tracked, view, undo, remembered: 0, floor, is_lost: true, allows_private }
    }

    /// Applies the events of a block.
    pub(super) fn advance(&mut self, entry: &LoggedBlock) -> Vec<SubnetChange> {
        let (view, undo) = advance(&self.view, entry.block, &entry.events, self.allows_private);
        let mut changes = SubnetChange::between(&self.view, &view, undo.members.keys().copied());
        changes.extend(SubnetChange::epoch_between(&self.view, &view));
        if undo.len() > 0 {
            self.remembered += undo.len();
            self.undo.push_back((entry.block.id.number, undo));
        }
        while self.remembered > MOST_REMEMBERED
            && let Some((number, undo)) = self.undo.pop_front()
        {
            self.remembered -= undo.len();
            self.floor = self.floor.max(number);
        }
        self.view = Arc::new(view);
        changes
    }

    /// Undoes the changes above `block`, or returns `None` if the log does not reach that far back.
    pub(super) fn go_back_to(&mut self, block: Block) -> Option<Vec<SubnetChange>> {
        let height = block.id.number;
        if height < self.floor {
            return None;
        }
        let mut view = View::clone(&self.view);
        view.block = block;
        let mut touched = Vec::new();
        while let Some((_, undo)) = self.undo.pop_back_if(|(number, _)| *number > height) {
            self.remembered -= undo.len();
            touched.extend(undo.members.keys().copied());
            view = go_back(&view, block, &undo);
        }
        touched.sort_unstable();
        touched.dedup();
        let changes = SubnetChange::between(&self.view, &view, touched);
        self.view = Arc::new(view);
        Some(changes)
    }

    /// Replaces the state by `fresh` and applies the later events again. Returns `false` if the
    /// block of `fresh` is not followed.
    pub(super) fn adopt(&mut self, fresh: View, log: &BlockLog) -> bool {
        let Some(later) = log.after(fresh.block.id) else { return false };
        self.floor = fresh.block.id.number;
        self.undo.clear();
        self.remembered = 0;
        self.is_lost = false;
        self.view = Arc::new(fresh);
        for entry in later {
            self.advance(entry);
        }
        true
    }

    /// Removes the data of blocks that are no longer followed.
    pub(super) fn forget_below(&mut self, floor: u64) {
        while let Some((_, undo)) = self.undo.pop_front_if(|(number, _)| *number <= floor) {
            self.remembered -= undo.len();
        }
        self.floor = self.floor.max(floor);
    }

    /// Publishes the view to all readers.
    pub(super) fn publish(
        &self,
        changes: Vec<SubnetChange>,
        cause: UpdateCause,
        asked: Option<Instant>,
    ) {
        self.tracked.publish(Arc::clone(&self.view), changes, cause, asked);
    }
}
