//! The chain itself, without any network around it.
//!
//! There is one writer at a time, behind a mutex that is held for the length of one change and
//! never across an await. Readers take the latest published [`View`] and are not held up.

mod access;
mod amend;
mod assembly;
mod block;
mod call;
mod changes;
mod estimate;
mod execute;
mod fees;
mod impersonation;
mod invalid;
mod logs;
mod map;
mod mine;
mod orphans;
mod persistence;
mod pool;
mod reorg;
mod revert;
mod state;
mod storage;
mod submit;
mod time;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use arc_swap::ArcSwap;
use hetu_chain::Clock;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{broadcast, watch};

use crate::mining::Mining;

pub(crate) use access::access_list;
pub(crate) use amend::AmendError;
pub(crate) use block::{Block, Receipt, Transaction};
pub(crate) use call::{Call, CallError, succeeded};
pub(crate) use changes::{AccountDelta, Delta, SlotDelta};
pub(crate) use estimate::estimate;
pub(crate) use fees::{SUGGESTED_TIP, history};
pub(crate) use impersonation::signature as impersonated_signature;
pub(crate) use invalid::Invalid;
pub(crate) use logs::{matching, of_transaction};
pub(crate) use persistence::{Change, Persistence, Unsaved};
pub(crate) use pool::{PoolLimits, Waiting};
pub(crate) use reorg::Replacement;
pub(crate) use revert::reason;
pub(crate) use state::{Amendment, State, bytecode};
pub(crate) use submit::decode;
pub(crate) use time::{ChainTime, TimeError};
pub(crate) use view::{HASHES_IN_REACH, Position, View};

use pool::Pool;

/// How many blocks are mined before the writer lets others in.
const MINING_BATCH: u64 = 256;
/// How many transactions a listener may fall behind before it misses the oldest.
const ARRIVALS_KEPT: usize = 4_096;

/// What a chain runs with, be it new or not.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    pub(crate) chain_id: u64,
    pub(crate) pool: PoolLimits,
    pub(crate) max_snapshots: usize,
    /// How many blocks are kept, if not all.
    pub(crate) history: Option<u64>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What a chain begins with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) block_gas_limit: u64,
    /// Wei for each gas.
    pub(crate) base_fee: u64,
    pub(crate) balances: Vec<(Address, U256)>,
    /// Tells the chain from others that begin in the same second.
    pub(crate) salt: u64,
}

/// A chain that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Hashes of blocks before the oldest one, by number.
    pub(crate) hashes: Vec<(u64, B256)>,
    /// Block 0. `None` in folders of earlier releases that do not keep it any more.
    pub(crate) genesis: Option<Block>,
    pub(crate) oldest: Block,
    /// Those after the oldest, in their order.
    pub(crate) blocks: Vec<Block>,
    pub(crate) time: ChainTime,
    /// In the order in which they came.
    pub(crate) waiting: Vec<Transaction>,
}

/// A chain of blocks and the transactions that wait to be in it.
#[derive(Debug)]
pub(crate) struct Chain {
    chain_id: u64,
    max_snapshots: usize,
    history: Option<u64>,
    clock: Arc<dyn Clock>,
    writer: Mutex<Writer>,
    published: ArcSwap<View>,
    changes: watch::Sender<u64>,
    arrivals: broadcast::Sender<Arc<Waiting>>,
    mining: watch::Sender<Mining>,
}

#[derive(Debug)]
struct Writer {
    view: View,
    time: ChainTime,
    /// The time as it was when the view was published.
    published_time: ChainTime,
    lifecycle: Lifecycle,
    /// Transactions that can run now and of which nobody has been told yet.
    unannounced: Vec<Arc<Waiting>>,
    snapshots: BTreeMap<u64, (View, ChainTime)>,
    next_snapshot: u64,
}

/// What becomes of changes.
#[derive(Debug)]
enum Lifecycle {
    InMemory,
    Saved(Box<dyn Persistence>),
    Closed,
}

impl Chain {
    /// A chain of one block.
    pub(crate) fn new(conditions: Conditions, genesis: Genesis) -> Self {
        let state = State::genesis(genesis.balances.iter().copied());
        let time = ChainTime::default();
        let timestamp = time.next_block(conditions.clock.unix_time(), 0);
        let block = Block::genesis(state, timestamp, &genesis);
        let view = View::new(block, Pool::new(conditions.pool));
        Self::of(conditions, view, time)
    }

    /// The chain that was kept. A waiting transaction for which there is no room is dropped.
    pub(crate) fn resume(conditions: Conditions, kept: Kept) -> Self {
        let mut view = View::new(kept.oldest, Pool::new(conditions.pool));
        view.remember(kept.hashes);
        view.remember_genesis(kept.genesis);
        for block in kept.blocks {
            view.push(Arc::new(block));
        }
        let base_fee = view.head().next_base_fee();
        for transaction in kept.waiting {
            let hash = *transaction.tx_hash();
            let mined = view.head().state.nonce(&transaction.signer());
            if let Err(reason) = view.pool.insert(transaction, mined, base_fee) {
                tracing::warn!(%hash, %reason, "a waiting transaction is dropped");
            }
        }
        Self::of(conditions, view, kept.time)
    }

    fn of(conditions: Conditions, view: View, time: ChainTime) -> Self {
        Self {
            chain_id: conditions.chain_id,
            max_snapshots: conditions.max_snapshots,
            history: conditions.history,
            clock: conditions.clock,
            published: ArcSwap::from_pointee(view.clone()),
            writer: Mutex::new(Writer {
                view,
                time,
                published_time: time,
                lifecycle: Lifecycle::InMemory,
                unannounced: Vec::new(),
                snapshots: BTreeMap::new(),
                next_snapshot: 1,
            }),
            changes: watch::Sender::new(0),
            arrivals: broadcast::Sender::new(ARRIVALS_KEPT),
            mining: watch::Sender::new(Mining::Instant),
        }
    }

    pub(crate) fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The chain as it is now.
    pub(crate) fn view(&self) -> Arc<View> {
        self.published.load_full()
    }

    /// Tells its receivers whenever there is a new [`View`].
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Tells its receivers of each transaction from when on it can be mined.
    pub(crate) fn arrivals(&self) -> broadcast::Receiver<Arc<Waiting>> {
        self.arrivals.subscribe()
    }

    /// The time outside of the chain, since 1970.
    pub(crate) fn clock(&self) -> Duration {
        self.clock.unix_time()
    }

    /// Saves all changes from now on. What there is must be saved already.
    pub(crate) fn save_with(&self, persistence: Box<dyn Persistence>) {
        self.writer().lifecycle = Lifecycle::Saved(persistence);
    }

    /// Lets go of what the chain is saved in and refuses all further changes.
    pub(crate) fn close(&self) {
        self.writer().lifecycle = Lifecycle::Closed;
    }

    /// How far the chain's time is from the clock's.
    pub(crate) fn time(&self) -> ChainTime {
        self.writer().time
    }

    /// The block that would be mined now, with a state and a header but not part of the chain.
    pub(crate) fn pending(&self) -> Block {
        let (view, timestamp) = {
            let writer = self.writer();
            (writer.view.clone(), self.next_timestamp(&writer))
        };
        mine::build(&view, self.chain_id, timestamp, usize::MAX).block
    }

    /// Takes a signed transaction in. It is mined at once if mining is instant and its nonce is
    /// due.
    pub(crate) fn submit(&self, raw: &[u8]) -> Result<B256, Invalid> {
        self.accept(decode(raw, self.chain_id)?)
    }

    /// [`submit`](Self::submit), when it is decoded and known who sends it.
    pub(crate) fn accept(&self, transaction: Transaction) -> Result<B256, Invalid> {
        let hash = *transaction.tx_hash();
        let mut writer = self.writer();
        writer.receive(transaction)?;
        self.settle(&mut writer)?;
        Ok(hash)
    }

    /// Takes a waiting transaction back. False if no such one waits.
    pub(crate) fn drop_transaction(&self, hash: &B256) -> Result<bool, Unsaved> {
        let mut writer = self.writer();
        let dropped = writer.view.pool.remove_with_hash(hash);
        self.publish(&mut writer)?;
        Ok(dropped)
    }

    /// Mines `count` blocks, `interval` seconds apart if that is given, and returns the number
    /// of the last one. Each takes as many waiting transactions as fit.
    pub(crate) fn mine(&self, count: u64, interval: Option<u64>) -> Result<u64, Unsaved> {
        let mut left = count;
        let mut is_first = true;
        loop {
            let mut writer = self.writer();
            let batch = left.min(MINING_BATCH);
            for _ in 0..batch {
                if let Some(interval) = interval.filter(|_| !std::mem::take(&mut is_first)) {
                    self.step_time(&mut writer, interval);
                }
                let timestamp = self.next_timestamp(&writer);
                self.mine_one(&mut writer, timestamp, usize::MAX);
            }
            left -= batch;
            self.publish(&mut writer)?;
            if left == 0 {
                return Ok(writer.view.head().number());
            }
        }
    }

    /// Mines one block if blocks still come at an interval.
    pub(crate) fn mine_at_interval(&self) -> Result<(), Unsaved> {
        let mut writer = self.writer();
        if matches!(*self.mining.borrow(), Mining::Interval(_)) {
            let timestamp = self.next_timestamp(&writer);
            self.mine_one(&mut writer, timestamp, usize::MAX);
            self.publish(&mut writer)?;
        }
        Ok(())
    }

    /// Says from now on when blocks are mined. Whoever watches [`mining`](Self::mining) mines
    /// those that come at an interval.
    pub(crate) fn set_mining(&self, mining: Mining) -> Result<(), Unsaved> {
        let mut writer = self.writer();
        self.mining.send_replace(mining);
        self.settle(&mut writer)
    }

    pub(crate) fn mining(&self) -> watch::Receiver<Mining> {
        self.mining.subscribe()
    }

    /// Moves the time of the following blocks forward, in seconds. Returns by how much the
    /// chain is ahead of the clock in total.
    pub(crate) fn increase_time(&self, seconds: u64) -> Result<i64, TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let ahead = writer.time.increase(seconds, clock)?;
        self.publish(&mut writer)?;
        Ok(ahead)
    }

    /// Sets the time of the next block, in seconds since 1970.
    pub(crate) fn set_next_timestamp(&self, timestamp: u64) -> Result<(), TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let parent = writer.view.head().header.timestamp;
        writer.time.set_next(timestamp, clock, parent)?;
        Ok(self.publish(&mut writer)?)
    }

    /// Sets the time from which the following blocks count on, in seconds since 1970. Returns by
    /// how many seconds that is later than it was.
    pub(crate) fn set_time(&self, timestamp: u64) -> Result<u64, TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let parent = writer.view.head().header.timestamp;
        let later = writer.time.set(timestamp, clock, parent)?;
        self.publish(&mut writer)?;
        Ok(later)
    }

    /// Remembers the chain as it is. Nothing if too many snapshots are kept already.
    pub(crate) fn snapshot(&self) -> Option<u64> {
        let mut writer = self.writer();
        if writer.snapshots.len() >= self.max_snapshots {
            return None;
        }
        let id = writer.next_snapshot;
        writer.next_snapshot += 1;
        let saved = (writer.view.clone(), writer.time);
        writer.snapshots.insert(id, saved);
        Some(id)
    }

    /// Goes back to a snapshot and forgets it and all later ones. False if it is unknown.
    pub(crate) fn revert(&self, snapshot: u64) -> Result<bool, Unsaved> {
        let mut writer = self.writer();
        let Some((view, time)) = writer.snapshots.get(&snapshot).cloned() else {
            return Ok(false);
        };
        writer.view = view;
        writer.time = time;
        self.publish(&mut writer)?;
        writer.snapshots.split_off(&snapshot);
        Ok(true)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // Every change is made on a view that shares nothing mutable, so a panic leaves no
        // half of one behind.
        self.writer.lock()
    }

    /// Mines what is due if mining is instant, and publishes what has changed.
    fn settle(&self, writer: &mut Writer) -> Result<(), Unsaved> {
        if *self.mining.borrow() == Mining::Instant {
            self.mine_waiting(writer);
        }
        self.publish(writer)
    }

    /// Saves what has changed and lets readers see it. If that fails, nothing has changed.
    fn publish(&self, writer: &mut Writer) -> Result<(), Unsaved> {
        let newest = writer.view.head().number();
        let kept = self.history.unwrap_or(u64::MAX);
        let oldest = (newest + 1).saturating_sub(kept).max(writer.view.oldest().number());
        let before = self.published.load_full();
        if let Err(unsaved) = writer.save(&before, oldest) {
            tracing::error!(%unsaved, "the chain stays as it was");
            writer.view = View::clone(&before);
            writer.time = writer.published_time;
            writer.unannounced.clear();
            return Err(unsaved);
        }
        writer.view.prune(oldest);
        writer.published_time = writer.time;
        self.published.store(Arc::new(writer.view.clone()));
        self.changes.send_modify(|version| *version += 1);
        // Told of only now, so that whoever hears of one finds it.
        for waiting in writer.unannounced.drain(..) {
            // It fails if nobody listens.
            let _ = self.arrivals.send(waiting);
        }
        Ok(())
    }

    /// Makes the next block `seconds` later than the last one.
    fn step_time(&self, writer: &mut Writer, seconds: u64) {
        let parent = writer.view.head().header.timestamp;
        let timestamp = parent.saturating_add(seconds);
        let clock = self.clock.unix_time();
        if let Err(error) = writer.time.set_next(timestamp, clock, parent) {
            tracing::debug!(%error, "the time of a block was not moved");
        }
    }

    fn next_timestamp(&self, writer: &Writer) -> u64 {
        let parent = writer.view.head().header.timestamp;
        writer.time.next_block(self.clock.unix_time(), parent)
    }

    /// Mines one block for each transaction that is due, until none is.
    fn mine_waiting(&self, writer: &mut Writer) {
        while writer.view.has_due_transaction() {
            let timestamp = self.next_timestamp(writer);
            self.mine_one(writer, timestamp, 1);
        }
    }

    fn mine_one(&self, writer: &mut Writer, timestamp: u64, limit: usize) {
        let candidate = mine::build(&writer.view, self.chain_id, timestamp, limit);
        let mut view = writer.view.clone();
        for (sender, nonce) in candidate.dropped {
            view.pool.remove(&sender, nonce);
        }
        view.extend(candidate.block);
        writer.view = view;
        writer.time.block_mined();
    }
}

impl Writer {
    /// Checks a transaction and lets it wait.
    fn receive(&mut self, transaction: Transaction) -> Result<(), Invalid> {
        submit::check(&transaction, &self.view)?;
        let head = self.view.head();
        let mined = head.state.nonce(&transaction.signer());
        let base_fee = head.next_base_fee();
        let runnable = self.view.pool.insert(transaction, mined, base_fee)?;
        self.unannounced.extend(runnable);
        Ok(())
    }
    fn save(&mut self, before: &View, oldest: u64) -> Result<(), Unsaved> {
        match &mut self.lifecycle {
            Lifecycle::InMemory => Ok(()),
            Lifecycle::Saved(persistence) => {
                persistence.save(&Change { before, now: &self.view, time: self.time, oldest })
            }
            Lifecycle::Closed => Err(Unsaved { reason: "the chain has stopped".into() }),
        }
    }
}
