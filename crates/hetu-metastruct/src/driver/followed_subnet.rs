//! One subnet, block by block, as far back as a reorganisation may reach.

use std::collections::VecDeque;
use std::sync::Arc;

use hetu_chain::model::Block;
use tokio::time::Instant;

use super::block_log::{BlockLog, LoggedBlock};
use crate::advance::{Undo, advance, go_back};
use crate::tracked::Tracked;
use crate::{SubnetChange, UpdateCause, View};

/// Members that are remembered as they were, of all blocks together.
const MOST_REMEMBERED: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct FollowedSubnet {
    pub(super) tracked: Arc<Tracked>,
    pub(super) view: Arc<View>,
    /// What blocks replaced, by their height.
    undo: VecDeque<(u64, Undo)>,
    remembered: usize,
    /// The lowest height that can be gone back to.
    floor: u64,
    /// Whether the view is of no block that is followed, so that it waits for a fresh read.
    pub(super) is_lost: bool,
    allows_private: bool,
}

impl FollowedSubnet {
    /// `tracked`, whose view is not of a block that is followed yet.
    pub(super) fn lost(tracked: Arc<Tracked>, allows_private: bool) -> Self {
        let view = tracked.view();
        let floor = u64::MAX;
        let undo = VecDeque::new();
        Self { tracked, view, undo, remembered: 0, floor, is_lost: true, allows_private }
    }

    /// Applies what happened in a block.
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

    /// Undoes what happened above `block`; nothing if that is further back than is remembered.
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

    /// Takes `fresh` for what was true at its block, and applies again what happened since. False
    /// if its block is not one that is followed.
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

    /// Forgets blocks that are not followed any more.
    pub(super) fn forget_below(&mut self, floor: u64) {
        while let Some((_, undo)) = self.undo.pop_front_if(|(number, _)| *number <= floor) {
            self.remembered -= undo.len();
        }
        self.floor = self.floor.max(floor);
    }

    /// Lets everybody see the view.
    pub(super) fn publish(
        &self,
        changes: Vec<SubnetChange>,
        cause: UpdateCause,
        asked: Option<Instant>,
    ) {
        self.tracked.publish(Arc::clone(&self.view), changes, cause, asked);
    }
}
