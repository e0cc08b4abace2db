//! What all handles of one metastruct and the task that follows the chain share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use hetu_chain::model::Block;
use hetu_chain::primitives::BlockHash;
use hetu_chain::{ChainError, Clock, Hetutensor, NetUid};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio::time::Instant;

use crate::SyncError;
use crate::cold_sync::{SubnetState, SyncPlan};
use crate::health::FollowMode;
use crate::metrics::MetastructMetrics;
use crate::quality::PeerStatsTable;
use crate::ranking::BlendWeights;
use crate::tracked::{CurrentView, SyncState, Tracked};

/// How subnets are to be followed.
#[derive(Clone, Debug)]
pub(crate) struct MetastructSettings {
    pub(crate) refresh_interval: Duration,
    pub(crate) ranking_interval: Duration,
    pub(crate) snapshot_interval: Duration,
    pub(crate) max_age: Duration,
    pub(crate) delivery_limit: Duration,
    pub(crate) max_block_age: Option<Duration>,
    pub(crate) snapshots: Option<PathBuf>,
    pub(crate) weights: BlendWeights,
    pub(crate) plan: SyncPlan,
}

#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) hetu: Hetutensor,
    pub(crate) settings: MetastructSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) subnets: ArcSwap<BTreeMap<NetUid, Arc<Tracked>>>,
    pub(crate) commands: mpsc::Sender<DriverCommand>,
    /// Has the chain looked at now.
    pub(crate) wake: Notify,
    /// When somebody last had the chain looked at. Held meanwhile, so that all who wait share one
    /// look.
    pub(crate) last_try: Mutex<Instant>,
    pub(crate) metrics: MetastructMetrics,
    pub(crate) status: ArcSwap<FollowStatus>,
    /// The first block of the chain that is followed, once it was read.
    pub(crate) genesis: OnceLock<BlockHash>,
}

/// How following goes.
#[derive(Clone, Debug)]
pub(crate) struct FollowStatus {
    pub(crate) mode: FollowMode,
    /// What a node last said of the newest block.
    pub(crate) head: Option<Block>,
    pub(crate) is_out_of_reach: bool,
    /// `true` if the node serves another chain than the one that is followed.
    pub(crate) is_other_chain: bool,
    pub(crate) last_error: Option<String>,
}

/// Sender of the answer to a request to follow a subnet.
pub(crate) type FollowAnswer = oneshot::Sender<Result<Arc<Tracked>, SyncError>>;

#[derive(Debug)]
pub(crate) enum DriverCommand {
    Follow { netuid: NetUid, answer: FollowAnswer },
    Unfollow { netuid: NetUid },
    Reconcile { netuid: NetUid, answer: oneshot::Sender<Result<usize, SyncError>> },
}

impl Hub {
    pub(crate) fn allows_private_addresses(&self) -> bool {
        self.hetu.network().allows_private_addresses
    }

    /// Asks whether the node serves another chain than before. Development chains that are started
    /// again have the same chain id, so their first blocks are compared.
    pub(crate) async fn serves_other_chain(&self) -> Result<bool, ChainError> {
        match self.hetu.genesis().await {
            Ok(actual) => Ok(*self.genesis.get_or_init(|| actual) != actual),
            // Nothing can be told by a node that has discarded its first blocks.
            Err(ChainError::NoGenesis { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns a subnet that was read when the chain was asked at `asked`.
    pub(crate) fn synced(&self, state: SubnetState, asked: Instant) -> Tracked {
        let current = CurrentView {
            view: Arc::new(state.into_view(self.allows_private_addresses())),
            asked,
            older: Duration::ZERO,
            sync_state: SyncState::Synced,
        };
        let qualities = PeerStatsTable::new(Arc::clone(&self.clock));
        Tracked::new(current, qualities, self.settings.weights)
    }

    pub(crate) fn set_status(&self, change: impl Fn(&mut FollowStatus)) {
        self.status.rcu(|status| {
            let mut status = FollowStatus::clone(status);
            change(&mut status);
            status
        });
    }

    pub(crate) fn track(&self, tracked: &Arc<Tracked>) {
        self.subnets.rcu(|subnets| {
            let mut subnets = BTreeMap::clone(subnets);
            subnets.insert(tracked.netuid, Arc::clone(tracked));
            subnets
        });
    }

    pub(crate) fn untrack(&self, netuid: NetUid) {
        self.subnets.rcu(|subnets| {
            let mut subnets = BTreeMap::clone(subnets);
            subnets.remove(&netuid);
            subnets
        });
    }
}
