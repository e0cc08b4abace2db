//! The handle of a followed subnet.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hetu_chain::model::Block;
use hetu_chain::{NetUid, Network};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until, timeout};

use crate::health::{Freshness, HealthReport};
use crate::hub::{DriverCommand, Hub};
use crate::metrics::SubnetGauges;
use crate::quality::PeerStatsTable;
use crate::ranking::Ranking;
use crate::tracked::{SyncState, Tracked};
use crate::{SnapshotError, StaleView, SubnetUpdates, SyncError, View, snapshot};

/// A handle of the live view of a subnet. Clones share the view, and [`follow`](Self::follow)
/// returns handles of other subnets that share the connection. Following ends when the last handle
/// is dropped.
#[derive(Clone, Debug)]
pub struct Metastruct {
    following: Arc<Following>,
    tracked: Arc<Tracked>,
}

#[derive(Debug)]
struct Following {
    hub: Arc<Hub>,
    driver: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Metastruct {
    pub(crate) fn new(hub: Arc<Hub>, tracked: Arc<Tracked>, driver: JoinHandle<()>) -> Self {
        Self { following: Arc::new(Following { hub, driver }), tracked }
    }

    fn hub(&self) -> &Hub {
        &self.following.hub
    }

    /// Returns the followed network.
    pub fn network(&self) -> &Network {
        self.hub().hetu.network()
    }

    /// Returns the number of the subnet of this handle.
    pub fn netuid(&self) -> NetUid {
        self.tracked.netuid
    }

    /// Returns the newest view, of whatever age. It does not change while it is held.
    pub fn view(&self) -> Arc<View> {
        self.tracked.view()
    }

    /// Returns the newest view, unless it is too old to be used for decisions.
    ///
    /// # Errors
    /// [`StaleView`] past the age limit, before the first sync of a loaded snapshot, and
    /// permanently once the subnet is no longer followed.
    pub fn fresh_view(&self) -> Result<Arc<View>, StaleView> {
        let current = self.tracked.current.load();
        match self.hub().staleness(&current) {
            None => Ok(Arc::clone(&current.view)),
            Some(stale) => Err(stale),
        }
    }

    /// Returns the age of the newest view, and whether it may be used for decisions.
    pub fn freshness(&self) -> Freshness {
        self.hub().freshness(&self.tracked)
    }

    /// Returns the time since the block of the newest view was confirmed as the newest one.
    pub fn age(&self) -> Duration {
        self.tracked.current.load().age()
    }

    /// Syncs now, without waiting for the next interval.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the view as it is.
    ///
    /// # Errors
    /// The errors of [`catch_up`](Self::catch_up).
    pub async fn refresh(&self) -> Result<Arc<View>, SyncError> {
        let mut last_try = self.hub().last_try.lock().await;
        self.follow_head(&mut last_try).await
    }

    /// Updates the view to the newest block, but sends no request earlier than `pause` after the
    /// last one. All callers that wait at the same time share one request, so frequent calls add no
    /// load.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the view as it is.
    ///
    /// # Errors
    /// [`SyncError::Chain`] if no node answers, [`SyncError::Behind`] if a node announces a block
    /// that is not delivered in time. The view then stays as it is.
    pub async fn catch_up(&self, pause: Duration) -> Result<Arc<View>, SyncError> {
        let asked = Instant::now();
        let mut last_try = self.hub().last_try.lock().await;
        if self.tracked.current.load().asked >= asked {
            return Ok(self.view());
        }
        sleep_until(*last_try + pause).await;
        self.follow_head(&mut last_try).await
    }

    async fn follow_head(&self, last_try: &mut Instant) -> Result<Arc<View>, SyncError> {
        let asked = Instant::now();
        *last_try = asked;
        let head = self.hub().hetu.block().await?;
        if self.hub().status.load().is_other_chain {
            return Err(SyncError::OtherChain);
        }
        self.hub().set_status(|status| status.head = Some(head));
        let delivery = self.delivered(head);
        if timeout(self.hub().settings.delivery_limit, delivery).await.is_err() {
            return Err(SyncError::Behind { head: head.id, known: self.view().block.id });
        }
        self.tracked.confirm(head.id, asked);
        match self.tracked.current.load().sync_state {
            SyncState::Unfollowed => Err(SyncError::Unfollowed(self.netuid())),
            _ => Ok(self.view()),
        }
    }

    /// Waits until the view has reached `head`.
    async fn delivered(&self, head: Block) {
        let mut blocks = self.tracked.block_number.subscribe();
        loop {
            blocks.mark_unchanged();
            let current = self.tracked.current.load_full();
            let is_there = current.view.block.id == head.id
                || current.view.block.id.number > head.id.number
                || current.sync_state == SyncState::Unfollowed;
            if is_there && current.sync_state != SyncState::Restored {
                return;
            }
            self.hub().wake.notify_one();
            // It fails only after the last publisher is gone.
            if blocks.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits for the first read of the chain. Returns immediately unless the subnet was started
    /// from a snapshot.
    ///
    /// Cancel safe.
    pub async fn synced(&self) -> Arc<View> {
        let mut blocks = self.tracked.block_number.subscribe();
        while self.tracked.current.load().sync_state == SyncState::Restored {
            // It fails only after the last publisher is gone.
            if blocks.changed().await.is_err() {
                break;
            }
        }
        self.view()
    }

    /// Returns a receiver of block numbers. Each number is sent after the view of its block is
    /// available.
    pub fn blocks(&self) -> watch::Receiver<u64> {
        self.tracked.block_number.subscribe()
    }

    /// Subscribes to the changes from now on.
    pub fn changes(&self) -> SubnetUpdates {
        SubnetUpdates::new(self.tracked.updates.subscribe())
    }

    /// Follows another subnet over the same connection. Returns the existing subnet if it is
    /// already followed.
    ///
    /// # Cancel safety
    /// If the future is dropped, the subnet may still be followed.
    ///
    /// # Errors
    /// [`SyncError::Chain`], also if the subnet does not exist; [`SyncError::TooManySubnets`].
    pub async fn follow(&self, netuid: impl Into<NetUid>) -> Result<Self, SyncError> {
        let (answer, answered) = oneshot::channel();
        let command = DriverCommand::Follow { netuid: netuid.into(), answer };
        self.hub().commands.send(command).await.map_err(|_| SyncError::Closed)?;
        let tracked = answered.await.map_err(|_| SyncError::Closed)??;
        Ok(Self { following: Arc::clone(&self.following), tracked })
    }

    /// Stops following a subnet. Its handles keep the last view, which is no longer fresh.
    ///
    /// # Errors
    /// [`SyncError::Unfollowed`] if it is not followed.
    pub async fn unfollow(&self, netuid: impl Into<NetUid>) -> Result<(), SyncError> {
        let netuid = netuid.into();
        let tracked = self.hub().subnets.load().get(&netuid).cloned();
        let tracked = tracked.ok_or(SyncError::Unfollowed(netuid))?;
        tracked.set_sync_state(SyncState::Unfollowed);
        self.hub().untrack(netuid);
        let command = DriverCommand::Unfollow { netuid };
        self.hub().commands.send(command).await.map_err(|_| SyncError::Closed)
    }

    /// Returns the followed subnets by number.
    pub fn followed(&self) -> Vec<NetUid> {
        self.hub().subnets.load().keys().copied().collect()
    }

    /// Returns the handle of a followed subnet, or `None` if it is not followed.
    pub fn subnet(&self, netuid: impl Into<NetUid>) -> Option<Self> {
        let tracked = self.hub().subnets.load().get(&netuid.into()).cloned()?;
        Some(Self { following: Arc::clone(&self.following), tracked })
    }

    /// Compares the state derived from events with a fresh read of the same block, replaces it by
    /// the fresh read, and returns the number of differences. This also happens at an interval.
    ///
    /// # Errors
    /// [`SyncError::Chain`] if the read fails; [`SyncError::NotSynced`] before the first read of
    /// the chain.
    pub async fn reconcile(&self) -> Result<usize, SyncError> {
        let (answer, answered) = oneshot::channel();
        let command = DriverCommand::Reconcile { netuid: self.netuid(), answer };
        self.hub().commands.send(command).await.map_err(|_| SyncError::Closed)?;
        answered.await.map_err(|_| SyncError::Closed)?
    }

    /// Returns the statistics of peers. The caller of a peer records the outcome here.
    pub fn qualities(&self) -> &PeerStatsTable {
        &self.tracked.qualities
    }

    /// Returns the active dendrons by rank as of the last change, which is checked once a second.
    pub fn ranking(&self) -> Arc<Ranking> {
        self.tracked.ranking.load_full()
    }

    /// Computes the ranking now.
    pub fn rank_now(&self) -> Arc<Ranking> {
        self.tracked.rank()
    }

    /// Returns the health of the followed subnet.
    pub fn health(&self) -> HealthReport {
        let status = self.hub().status.load();
        HealthReport {
            netuid: self.netuid(),
            mode: status.mode,
            freshness: self.freshness(),
            block: self.view().block.id,
            head: status.head,
            last_error: status.last_error.clone(),
            endpoints: self.hub().hetu.endpoints(),
        }
    }

    /// Returns all counters of all followed subnets in the text format of OpenMetrics.
    pub fn metrics(&self) -> String {
        let tracked = self.hub().subnets.load();
        let gauges = tracked.values().map(|tracked| {
            let (view, freshness) = (tracked.view(), self.hub().freshness(tracked));
            SubnetGauges {
                netuid: tracked.netuid,
                block: view.block.id.number,
                dendrons: view.len(),
                age: freshness.age(),
                is_fresh: freshness.stale_reason().is_none(),
            }
        });
        self.hub().metrics.render(gauges)
    }

    /// Writes the cached state of the subnet to its file now and returns the path.
    ///
    /// # Errors
    /// [`SnapshotError::NoFolder`], [`SnapshotError::NotSynced`], [`SnapshotError::Unwritable`].
    pub async fn save(&self) -> Result<PathBuf, SnapshotError> {
        let folder = self.hub().settings.snapshots.clone().ok_or(SnapshotError::NoFolder)?;
        let current = self.tracked.current.load();
        if current.sync_state == SyncState::Restored {
            return Err(SnapshotError::NotSynced { block: current.view.block.id });
        }
        drop(current);
        let (hub, tracked) = (Arc::clone(&self.following.hub), Arc::clone(&self.tracked));
        let saving = spawn_blocking(move || snapshot::save(&folder, &hub, &tracked));
        saving.await.map_err(|_| SnapshotError::Interrupted)?
    }
}
