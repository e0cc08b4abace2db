//! How a subnet is to be followed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use hetu_chain::{Clock, Hetutensor, NetUid, SystemClock};
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::cold_sync::{SyncPlan, SyncProgress, cold_sync};
use crate::driver::drive;
use crate::health::FollowMode;
use crate::hub::{FollowStatus, Hub, MetastructSettings};
use crate::metrics::MetastructMetrics;
use crate::quality::PeerStatsTable;
use crate::ranking::BlendWeights;
use crate::snapshot::{self, SnapshotOrigin};
use crate::tracked::{CurrentView, SyncState, Tracked};
use crate::{Metastruct, SyncError};

const WAITING_COMMANDS: usize = 64;
/// Blocks of networks that make one every few seconds are never as old.
const USUAL_MAX_BLOCK_AGE: Duration = Duration::from_secs(600);

/// How a subnet is to be followed. Made by [`Metastruct::builder`].
#[derive(Clone)]
#[must_use = "nothing is followed until `start` is called"]
pub struct MetastructBuilder {
    hetu: Hetutensor,
    netuid: NetUid,
    clock: Arc<dyn Clock>,
    settings: MetastructSettings,
}

impl Metastruct {
    /// Begins to configure a view of the subnet `netuid`, over the connection `hetu`.
    pub fn builder(hetu: Hetutensor, netuid: impl Into<NetUid>) -> MetastructBuilder {
        MetastructBuilder::new(hetu, netuid.into())
    }
}

impl MetastructBuilder {
    fn new(hetu: Hetutensor, netuid: NetUid) -> Self {
        let is_local = hetu.network().allows_private_addresses;
        let settings = MetastructSettings {
            refresh_interval: Duration::from_secs(6),
            ranking_interval: Duration::from_secs(1),
            snapshot_interval: Duration::from_secs(60),
            // Ten looks at the chain may fail before the view is too old to trust.
            max_age: Duration::from_secs(60),
            delivery_limit: Duration::from_secs(10),
            max_block_age: (!is_local).then_some(USUAL_MAX_BLOCK_AGE),
            snapshots: None,
            weights: BlendWeights::default(),
            plan: SyncPlan { replay_from: 0, progress: Arc::new(|_| {}) },
        };
        Self { hetu, netuid, clock: Arc::new(SystemClock), settings }
    }

    /// How often the chain is asked for a new block, while no `ws` endpoint tells of it. 6 s by
    /// default, half a block time.
    pub const fn refresh_interval(mut self, interval: Duration) -> Self {
        self.settings.refresh_interval = interval;
        self
    }

    /// How often it is looked whether anybody's rank has changed. 1 s by default.
    pub const fn ranking_interval(mut self, interval: Duration) -> Self {
        self.settings.ranking_interval = interval;
        self
    }

    /// The age from which the view is not trusted any more. 60 s by default.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.settings.max_age = age;
        self
    }

    /// How long [`Metastruct::catch_up`] waits for a block that a node tells of. 10 s by default.
    pub const fn delivery_limit(mut self, limit: Duration) -> Self {
        self.settings.delivery_limit = limit;
        self
    }

    /// The age of the newest block, by its own time, from which the view is not trusted any more:
    /// the chain stands still, or its node does. 10 minutes by default; nothing on networks that
    /// allow private addresses, whose chains often mine only when there is something to mine.
    pub const fn max_block_age(mut self, age: Option<Duration>) -> Self {
        self.settings.max_block_age = age;
        self
    }

    /// Keeps what is known in files in this folder, one for each network and subnet. The next
    /// start serves it at once, as stale, until the chain was read.
    pub fn snapshots(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.snapshots = Some(folder.into());
        self
    }

    /// How often they are written. 60 s by default.
    pub const fn snapshot_interval(mut self, interval: Duration) -> Self {
        self.settings.snapshot_interval = interval;
        self
    }

    /// How much the parts of the blended score count.
    pub const fn blend(mut self, weights: BlendWeights) -> Self {
        self.settings.weights = weights;
        self
    }

    /// The block before which the contracts reported nothing: their deployment, at which replaying
    /// events begins. 0 by default.
    pub const fn replay_from(mut self, height: u64) -> Self {
        self.settings.plan.replay_from = height;
        self
    }

    /// Is told how far reading a subnet is. It must not block.
    pub fn on_progress(mut self, progress: impl Fn(SyncProgress) + Send + Sync + 'static) -> Self {
        self.settings.plan.progress = Arc::new(progress);
        self
    }

    /// Where wall-clock time comes from: that of the operating system by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Syncs for the first time, then goes on in the background. Where there is a usable snapshot
    /// it does not wait for the chain: [`Metastruct::synced`] does.
    ///
    /// Cancel safe: if the future is dropped, nothing goes on in the background.
    ///
    /// # Errors
    /// [`SyncError::Chain`], also if there is no such subnet.
    pub async fn start(self) -> Result<Metastruct, SyncError> {
        let Self { hetu, netuid, clock, settings } = self;
        let (commands, received) = mpsc::channel(WAITING_COMMANDS);
        let status = FollowStatus {
            mode: FollowMode::Syncing,
            head: None,
            is_out_of_reach: false,
            is_other_chain: false,
            last_error: None,
        };
        let genesis = hetu.connected_genesis().map_or_else(OnceLock::new, OnceLock::from);
        let hub = Arc::new(Hub {
            hetu,
            settings,
            clock,
            subnets: ArcSwap::from_pointee(BTreeMap::new()),
            commands,
            wake: Notify::new(),
            last_try: Mutex::new(Instant::now()),
            metrics: MetastructMetrics::default(),
            status: ArcSwap::from_pointee(status),
            genesis,
        });
        let (tracked, block) = match restored(&hub, netuid).await {
            Some(tracked) => (tracked, None),
            None => {
                let asked = Instant::now();
                let block = hub.hetu.block().await?;
                let state = cold_sync(&hub.hetu, netuid, block, &hub.settings.plan).await?;
                (hub.synced(state, asked), Some(block))
            }
        };
        let tracked = Arc::new(tracked);
        hub.track(&tracked);
        hub.set_status(|status| status.head = block);
        let driver = drive(Arc::clone(&hub), Arc::clone(&tracked), block, received);
        let driver = tokio::spawn(driver);
        Ok(Metastruct::new(hub, tracked, driver))
    }
}

/// The subnet as the last run left it.
async fn restored(hub: &Arc<Hub>, netuid: NetUid) -> Option<Tracked> {
    let folder = hub.settings.snapshots.clone()?;
    let origin = SnapshotOrigin::new(hub.hetu.network(), netuid);
    let reader = Arc::clone(hub);
    let load = move || snapshot::load_or_set_aside(&folder, &origin, &reader);
    let saved = spawn_blocking(load).await.ok().flatten()?;
    let current = CurrentView {
        view: Arc::new(saved.view),
        asked: Instant::now(),
        older: hub.clock.unix_time().saturating_sub(saved.asked_at),
        sync_state: SyncState::Restored,
    };
    let qualities = PeerStatsTable::new(Arc::clone(&hub.clock));
    qualities.restore(saved.qualities);
    Some(Tracked::new(current, qualities, hub.settings.weights))
}

impl fmt::Debug for MetastructBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MetastructBuilder")
            .field("hetu", &self.hetu)
            .field("netuid", &self.netuid)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
