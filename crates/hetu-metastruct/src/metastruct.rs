//! The handle by which a subnet is asked about.

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

/// The live picture of a subnet. Clones share it, and [`follow`](Self::follow) makes handles of
/// other subnets that share its connection; the last handle to go ends the following.
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

    /// The network that it follows.
    pub fn network(&self) -> &Network {
        self.hub().hetu.network()
    }

    /// The subnet that this handle is of.
    pub fn netuid(&self) -> NetUid {
        self.tracked.netuid
    }

    /// The newest view, however old. It does not change while it is held.
    pub fn view(&self) -> Arc<View> {
        self.tracked.view()
    }

    /// The newest view, unless it is too old to decide by.
    ///
    /// # Errors
    /// [`StaleView`] past the age limit, before a loaded snapshot was synced, and for good once
    /// the subnet is not followed any more.
    pub fn fresh_view(&self) -> Result<Arc<View>, StaleView> {
        let current = self.tracked.current.load();
        match self.hub().staleness(&current) {
            None => Ok(Arc::clone(&current.view)),
            Some(stale) => Err(stale),
        }
    }

    /// How old the newest view is, and whether to decide by it.
    pub fn freshness(&self) -> Freshness {
        self.hub().freshness(&self.tracked)
    }

    /// How long ago the chain was asked, with the block of the newest view as the answer.
    pub fn age(&self) -> Duration {
        self.tracked.current.load().age()
    }

    /// Syncs now, without waiting for the next interval.
    ///
    /// Cancel safety: dropping the future leaves the view as it is.
    ///
    /// # Errors
    /// As of [`catch_up`](Self::catch_up).
    pub async fn refresh(&self) -> Result<Arc<View>, SyncError> {
        let mut last_try = self.hub().last_try.lock().await;
        self.follow_head(&mut last_try).await
    }

    /// Brings the view up to this moment, but asks the chain no sooner than `pause` after it was
    /// asked last. All who wait at the same time share one look, so anyone may call this as often
    /// as they like.
    ///
    /// Cancel safety: dropping the future leaves the view as it is.
    ///
    /// # Errors
    /// [`SyncError::Chain`] if no node answers, [`SyncError::Behind`] if one tells of a block that
    /// it does not deliver in time; the view then stays as it is.
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

    /// Waits until the view has come as far as `head`.
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
            // It fails only if nobody publishes any more.
            if blocks.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until the chain was read for the first time: at once, unless it started from a
    /// snapshot.
    ///
    /// Cancel safe.
    pub async fn synced(&self) -> Arc<View> {
        let mut blocks = self.tracked.block_number.subscribe();
        while self.tracked.current.load().sync_state == SyncState::Restored {
            // It fails only if nobody publishes any more.
            if blocks.changed().await.is_err() {
                break;
            }
        }
        self.view()
    }

    /// Sees the number of each new block after its view is there.
    pub fn blocks(&self) -> watch::Receiver<u64> {
        self.tracked.block_number.subscribe()
    }

    /// What changes from now on.
    pub fn changes(&self) -> SubnetUpdates {
        SubnetUpdates::new(self.tracked.updates.subscribe())
    }

    /// Follows another subnet too, over the same connection. A subnet that is followed already is
    /// the same one.
    ///
    /// Cancel safe: if the future is dropped, it may be followed all the same.
    ///
    /// # Errors
    /// [`SyncError::Chain`], also if there is no such subnet; [`SyncError::TooManySubnets`].
    pub async fn follow(&self, netuid: impl Into<NetUid>) -> Result<Self, SyncError> {
        let (answer, answered) = oneshot::channel();
        let command = DriverCommand::Follow { netuid: netuid.into(), answer };
        self.hub().commands.send(command).await.map_err(|_| SyncError::Closed)?;
        let tracked = answered.await.map_err(|_| SyncError::Closed)??;
        Ok(Self { following: Arc::clone(&self.following), tracked })
    }

    /// Stops following a subnet. Its handles keep the last view, which is not fresh any more.
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

    /// The subnets that are followed, by number.
    pub fn followed(&self) -> Vec<NetUid> {
        self.hub().subnets.load().keys().copied().collect()
    }

    /// The handle of a subnet that is followed.
    pub fn subnet(&self, netuid: impl Into<NetUid>) -> Option<Self> {
        let tracked = self.hub().subnets.load().get(&netuid.into()).cloned()?;
        Some(Self { following: Arc::clone(&self.following), tracked })
    }

    /// Compares what events told with a fresh read of the same block, takes the fresh read for
    /// true, and says in how many things they differed. Done by itself at an interval.
    ///
    /// # Errors
    /// [`SyncError::Chain`] if it could not be read; [`SyncError::NotSynced`] before the chain was
    /// read for the first time.
    pub async fn reconcile(&self) -> Result<usize, SyncError> {
        let (answer, answered) = oneshot::channel();
        let command = DriverCommand::Reconcile { netuid: self.netuid(), answer };
        self.hub().commands.send(command).await.map_err(|_| SyncError::Closed)?;
        answered.await.map_err(|_| SyncError::Closed)?
    }

    /// How peers have been doing. Whoever asks them says so here.
    pub fn qualities(&self) -> &PeerStatsTable {
        &self.tracked.qualities
    }

    /// The active dendrons by rank, as of the last time that anything changed: looked at once a
    /// second.
    pub fn ranking(&self) -> Arc<Ranking> {
        self.tracked.ranking.load_full()
    }

    /// Ranks now.
    pub fn rank_now(&self) -> Arc<Ranking> {
        self.tracked.rank()
    }

    /// How following goes.
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

    /// All counters, of all subnets that are followed, in the text format of OpenMetrics.
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

    /// Writes what is known of the subnet to its file now, and says which that is.
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
