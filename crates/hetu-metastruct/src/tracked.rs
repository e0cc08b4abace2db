//! State of one subnet that its handles share with the task that follows the chain.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hetu_chain::{BlockId, NetUid};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::quality::PeerStatsTable;
use crate::ranking::{BlendWeights, Ranking};
use crate::{SubnetChange, SubnetUpdate, UpdateCause, View};

/// Number of updates that wait for a slow reader. Beyond it, the reader misses the oldest ones.
pub(crate) const WAITING_UPDATES: usize = 256;

#[derive(Debug)]
pub(crate) struct Tracked {
    pub(crate) netuid: NetUid,
    pub(crate) current: ArcSwap<CurrentView>,
    pub(crate) ranking: ArcSwap<Ranking>,
    pub(crate) qualities: PeerStatsTable,
    pub(crate) updates: broadcast::Sender<Arc<SubnetUpdate>>,
    pub(crate) block_number: watch::Sender<u64>,
    weights: BlendWeights,
}

#[derive(Clone, Debug)]
pub(crate) struct CurrentView {
    pub(crate) view: Arc<View>,
    /// The time at which the chain last named the view's block as the newest one.
    pub(crate) asked: Instant,
    /// Additional age of a view that comes from a file.
    pub(crate) older: Duration,
    pub(crate) sync_state: SyncState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncState {
    Synced,
    Restored,
    Unfollowed,
}

impl CurrentView {
    pub(crate) fn age(&self) -> Duration {
        self.asked.elapsed().saturating_add(self.older)
    }
}

impl Tracked {
    pub(crate) fn new(
        current: CurrentView,
        qualities: PeerStatsTable,
        weights: BlendWeights,
    ) -> Self {
        let view = Arc::clone(&current.view);
        let ranking = Ranking::new(Arc::clone(&view), &qualities, weights);
        Self {
            netuid: view.netuid(),
            block_number: watch::channel(view.block.id.number).0,
            updates: broadcast::channel(WAITING_UPDATES).0,
            ranking: ArcSwap::from_pointee(ranking),
            current: ArcSwap::from_pointee(current),
            qualities,
            weights,
        }
    }

    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.current.load().view)
    }

    /// Records that the chain named `block` as the newest one at `asked`. The view is as fresh if
    /// it is of that block.
    pub(crate) fn confirm(&self, block: BlockId, asked: Instant) {
        self.current.rcu(|current| {
            let mut current = CurrentView::clone(current);
            if current.view.block.id == block && current.sync_state == SyncState::Synced {
                current.older = Duration::ZERO;
                current.asked = current.asked.max(asked);
            }
            current
        });
    }

    /// Replaces the view by `view`. `asked` is the time at which the chain was asked, if the view's
    /// block was its newest.
    pub(crate) fn publish(
        &self,
        view: Arc<View>,
        changes: Vec<SubnetChange>,
        cause: UpdateCause,
        asked: Option<Instant>,
    ) {
        let before = self.current.rcu(|current| {
            let mut current = CurrentView::clone(current);
            current.view = Arc::clone(&view);
            if let Some(asked) = asked {
                current.asked = asked;
                current.older = Duration::ZERO;
                if current.sync_state == SyncState::Restored {
                    current.sync_state = SyncState::Synced;
                }
            }
            current
        });
        let block = view.block.id;
        if !changes.is_empty() || cause != UpdateCause::Block {
            let update = SubnetUpdate { netuid: self.netuid, view, changes, cause };
            // It fails if there is no subscriber.
            let _ = self.updates.send(Arc::new(update));
        }
        // The height alone does not identify a block, so the hashes are compared too.
        if before.sync_state == SyncState::Restored || before.view.block.id != block {
            self.block_number.send_replace(block.number);
        }
    }

    pub(crate) fn set_sync_state(&self, sync_state: SyncState) {
        self.current.rcu(|current| CurrentView { sync_state, ..CurrentView::clone(current) });
    }

    /// Rebuilds the ranking.
    pub(crate) fn rank(&self) -> Arc<Ranking> {
        let ranking = Arc::new(Ranking::new(self.view(), &self.qualities, self.weights));
        self.ranking.store(Arc::clone(&ranking));
        ranking
    }

    /// Rebuilds the ranking if members or statistics have changed.
    pub(crate) fn rank_if_changed(&self) {
        let has_news = self.qualities.take_news();
        let is_same = Arc::ptr_eq(&self.view().members, &self.ranking.load().view().members);
        if has_news || !is_same {
            self.rank();
        }
    }
}
