//! Configuration of a followed subnet.

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
/// The default limit. Networks that make a block every few seconds never exceed it.
const USUAL_MAX_BLOCK_AGE: Duration = Duration::from_secs(600);

/// A builder that configures how a subnet is followed. Created by [`Metastruct::builder`].
#[derive(Clone)]
#[must_use = "nothing is followed until `start` is called"]
pub struct MetastructBuilder {
    hetu: Hetutensor,
    netuid: NetUid,
    clock: Arc<dyn Clock>,
    settings: MetastructSettings,
}

impl Metastruct {
    /// Returns a builder for a view of the subnet `netuid`, over the connection `hetu`.
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
            // Ten requests to the chain may fail before the view is too old to trust.
            max_age: Duration::from_secs(60),
            delivery_limit: Duration::from_secs(10),
            max_block_age: (!is_local).then_some(USUAL_MAX_BLOCK_AGE),
            snapshots: None,
            weights: BlendWeights::default(),
            plan: SyncPlan { replay_from: 0, progress: Arc::new(|_| {}) },
        };
        Self { hetu, netuid, clock: Arc::new(SystemClock), settings }
    }

    /// Sets how often the chain is asked for a new block while no `ws` endpoint reports it. The
    /// default is 6 s, half a block time.
    pub const fn refresh_interval(mut self, interval: Duration) -> Self {
        self.settings.refresh_interval = interval;
        self
    }

    /// Sets how often the ranking is checked for changes. The default is 1 s.
    pub const fn ranking_interval(mut self, interval: Duration) -> Self {
        self.settings.ranking_interval = interval;
        self
    }

    /// Sets the age from which the view is no longer trusted. The default is 60 s.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.settings.max_age = age;
        self
    }

    /// Sets how long [`Metastruct::catch_up`] waits for a block that a node announced. The default
    /// is 10 s.
    pub const fn delivery_limit(mut self, limit: Duration) -> Self {
        self.settings.delivery_limit = limit;
        self
    }

    /// Sets the age of the newest block, by its own timestamp, from which the view is no longer
    /// trusted. A block of this age means that the chain or its node has stopped. The default is 10
    /// minutes, or `None` on networks that allow private addresses: their chains often make a block
    /// only when there is a transaction.
    pub const fn max_block_age(mut self, age: Option<Duration>) -> Self {
        self.settings.max_block_age = age;
        self
    }

    /// Keeps the cached state in files in this folder, one for each network and subnet. The next
    /// start serves it immediately and marks it stale until the chain has been read.
    pub fn snapshots(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.snapshots = Some(folder.into());
        self
    }

    /// Sets how often the files are written. The default is 60 s.
    pub const fn snapshot_interval(mut self, interval: Duration) -> Self {
        self.settings.snapshot_interval = interval;
        self
    }

    /// Sets the weights of the parts of the blended score.
    pub const fn blend(mut self, weights: BlendWeights) -> Self {
        self.settings.weights = weights;
        self
    }

    /// Sets the block of the contracts' deployment, at which a replay of events begins. The
    /// contracts reported no event before it. The default is 0.
    pub const fn replay_from(mut self, height: u64) -> Self {
        self.settings.plan.replay_from = height;
        self
    }

    /// Sets a function that receives the progress of reading a subnet. It must not block.
    pub fn on_progress(mut self, progress: impl Fn(SyncProgress) + Send + Sync + 'static) -> Self {
        self.settings.plan.progress = Arc::new(progress);
        self
    }

    /// Sets the source of wall-clock time. The default is the clock of the operating system.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Syncs for the first time, then continues in the background. With a usable snapshot it does
    /// not wait for the chain; [`Metastruct::synced`] does.
    ///
    /// # Cancel safety
    /// If the future is dropped, no work continues in the background.
    ///
    /// # Errors
    /// [`SyncError::Chain`], also if the subnet does not exist.
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

/// Returns the subnet as the last run saved it, or `None` without a usable file.
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
