//! State that all handles of one metastruct share with the task that follows the chain.

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

/// Settings of followed subnets.
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
    /// Makes the task read the newest block immediately.
    pub(crate) wake: Notify,
    /// The time of the last requested read of the chain. The lock is held during the read, so that
    /// all callers that wait share one read.
    pub(crate) last_try: Mutex<Instant>,
    pub(crate) metrics: MetastructMetrics,
    pub(crate) status: ArcSwap<FollowStatus>,
    /// The first block of the followed chain, set after it was read.
    pub(crate) genesis: OnceLock<BlockHash>,
}

/// Status of following the chain.
#[derive(Clone, Debug)]
pub(crate) struct FollowStatus {
    pub(crate) mode: FollowMode,
    /// The newest block that a node last named.
    pub(crate) head: Option<Block>,
    pub(crate) is_out_of_reach: bool,
    /// `true` if the node serves another chain than the followed one.
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

    /// Returns `true` if the node serves another chain than before. A restarted development chain
    /// has the same chain id, so the first blocks are compared.
    pub(crate) async fn serves_other_chain(&self) -> Result<bool, ChainError> {
        match self.hetu.genesis().await {
            Ok(actual) => Ok(*self.genesis.get_or_init(|| actual) != actual),
            // A node that has discarded its first blocks cannot be compared.
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
