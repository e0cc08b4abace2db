//! Keeping a view of a subnet up to date.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hetu_chain::{ChainError, Hetutensor, NetUid, Retryability, SubnetSnapshot};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use crate::View;

const DEFAULT_REFRESH_INTERVAL: Duration = Duration::from_secs(6);
/// Ten refreshes may fail before the view is too old to trust.
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(60);

/// The live picture of one subnet. Clones share it; the last one to go ends the refreshing.
#[derive(Clone, Debug)]
pub struct Metastruct(Arc<Follower>);

#[derive(Debug)]
struct Follower {
    state: Arc<State>,
    refreshing: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    hetu: Hetutensor,
    netuid: NetUid,
    max_age: Duration,
    current: ArcSwap<Synced>,
    /// When syncing was tried last. Held while syncing, so that two syncs cannot overtake each
    /// other.
    last_try: Mutex<Instant>,
    block_number: watch::Sender<u64>,
}

#[derive(Debug)]
struct Synced {
    view: Arc<View>,
    at: Instant,
}

/// How a subnet is to be followed. Made by [`Metastruct::builder`].
#[derive(Clone, Debug)]
pub struct MetastructBuilder {
    hetu: Hetutensor,
    netuid: NetUid,
    refresh_interval: Duration,
    max_age: Duration,
}

impl MetastructBuilder {
    /// How often the chain is asked for a new block. 6 s by default, half a block time.
    #[must_use]
    pub const fn refresh_interval(mut self, interval: Duration) -> Self {
        self.refresh_interval = interval;
        self
    }

    /// The age from which the view is not trusted any more. 60 s by default.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Syncs for the first time, then goes on in the background.
    ///
    /// # Errors
    /// [`SyncError::Chain`], also if there is no such subnet.
    pub async fn start(self) -> Result<Metastruct, SyncError> {
        let at = Instant::now();
        let view = sync(&self.hetu, self.netuid).await?;
        let (block_number, _) = watch::channel(view.block.id.number);
        let state = Arc::new(State {
            hetu: self.hetu,
            netuid: self.netuid,
            max_age: self.max_age,
            current: ArcSwap::from_pointee(Synced { view: Arc::new(view), at }),
            last_try: Mutex::new(at),
            block_number,
        });
        let refreshing = tokio::spawn(refresh_forever(Arc::clone(&state), self.refresh_interval));
        Ok(Metastruct(Arc::new(Follower { state, refreshing })))
    }
}

impl Metastruct {
    /// A picture of the subnet `netuid`, over the connection `hetu`.
    pub fn builder(hetu: Hetutensor, netuid: impl Into<NetUid>) -> MetastructBuilder {
        MetastructBuilder {
            hetu,
            netuid: netuid.into(),
            refresh_interval: DEFAULT_REFRESH_INTERVAL,
            max_age: DEFAULT_MAX_AGE,
        }
    }

    /// The newest view, however old. It does not change while it is held.
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.0.state.current.load().view)
    }

    /// The newest view, unless it is too old to decide by.
    ///
    /// # Errors
    /// [`StaleView`] past the age limit: the chain was not reached for that long.
    pub fn fresh_view(&self) -> Result<Arc<View>, StaleView> {
        let current = self.0.state.current.load();
        let age = current.at.elapsed();
        if age > self.0.state.max_age {
            return Err(StaleView { age, limit: self.0.state.max_age });
        }
        Ok(Arc::clone(&current.view))
    }

    /// How long ago the chain was asked for what the newest view shows.
    pub fn age(&self) -> Duration {
        self.0.state.current.load().at.elapsed()
    }

    /// Syncs now, without waiting for the next interval.
    ///
    /// Cancel safety: dropping the future leaves the view as it is.
    ///
    /// # Errors
    /// [`SyncError::Chain`]; the view then stays as it is.
    pub async fn refresh(&self) -> Result<Arc<View>, SyncError> {
        self.0.state.refresh().await?;
        Ok(self.view())
    }

    /// Brings the view up to this moment, but asks the chain no sooner than `pause` after it was
    /// asked last. All who wait at the same time share one sync, so anyone may call this as often
    /// as they like.
    ///
    /// Cancel safety: dropping the future leaves the view as it is.
    ///
    /// # Errors
    /// [`SyncError::Chain`]; the view then stays as it is.
    pub async fn catch_up(&self, pause: Duration) -> Result<Arc<View>, SyncError> {
        self.0.state.catch_up(pause).await?;
        Ok(self.view())
    }

    /// Sees the number of each new block after its view is there.
    pub fn blocks(&self) -> watch::Receiver<u64> {
        self.0.state.block_number.subscribe()
    }
}

impl State {
    async fn refresh(&self) -> Result<(), SyncError> {
        let mut last_try = self.last_try.lock().await;
        self.follow_head(&mut last_try).await
    }

    async fn catch_up(&self, pause: Duration) -> Result<(), SyncError> {
        let asked = Instant::now();
        let mut last_try = self.last_try.lock().await;
        if self.current.load().at >= asked {
            return Ok(());
        }
        sleep_until(*last_try + pause).await;
        self.follow_head(&mut last_try).await
    }

    async fn follow_head(&self, last_try: &mut Instant) -> Result<(), SyncError> {
        let at = Instant::now();
        *last_try = at;
        let known = Arc::clone(&self.current.load().view);
        let head = self.hetu.block().await?;
        let view = if head.id == known.block.id {
            known
        } else {
            Arc::new(sync(&self.hetu, self.netuid).await?)
        };
        let number = view.block.id.number;
        self.current.store(Arc::new(Synced { view, at }));
        self.block_number.send_if_modified(|known| std::mem::replace(known, number) != number);
        Ok(())
    }
}

/// Reads the subnet at the newest block, pinned to its hash: all or nothing of one block.
async fn sync(hetu: &Hetutensor, netuid: NetUid) -> Result<View, ChainError> {
    let SubnetSnapshot { block, subnet, hyperparameters, dendrons, .. } =
        hetu.subnets().snapshot(netuid).await?;
    let allows_private = hetu.network().allows_private_addresses;
    Ok(View::new(block, subnet, hyperparameters, dendrons, allows_private))
}

async fn refresh_forever(state: Arc<State>, interval: Duration) {
    let mut ticks = interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = state.refresh().await {
            tracing::warn!(netuid = %state.netuid, %error, "the picture of the subnet was not refreshed");
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.refreshing.abort();
    }
}

/// Why a subnet could not be synced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl SyncError {
    /// Whether trying again can help.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Chain(error) => error.retryability(),
        }
    }
}

/// The view is too old to decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture of the subnet is {age:?} old, more than {limit:?}: the chain is out of reach")]
#[non_exhaustive]
pub struct StaleView {
    /// How old it is.
    pub age: Duration,
    /// From which age it is not trusted.
    pub limit: Duration,
}
