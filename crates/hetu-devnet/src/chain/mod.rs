//! The chain itself, without a network layer.
//!
//! There is one writer at a time, behind a mutex that is held for the length of one change and
//! never across an await. Readers take the latest published [`ChainView`] and do not block.

mod access;
mod amend;
mod assembly;
mod block;
mod call;
mod changes;
mod config;
mod estimate;
mod execute;
mod fees;
mod genesis;
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
mod state_reader;
mod steering;
mod storage;
mod submit;
mod time;
mod unsaved;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use arc_swap::ArcSwap;
use hetu_chain::Clock;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{broadcast, watch};

use crate::mining::Mining;

pub(crate) use access::access_list;
pub(crate) use amend::AmendError;
pub(crate) use block::{Block, MinedReceipt, Transaction};
pub(crate) use call::{CallError, EvmCall, succeeded};
pub(crate) use changes::{AccountDelta, Delta, SlotDelta};
pub(crate) use config::ChainConfig;
pub(crate) use estimate::estimate;
pub(crate) use fees::{SUGGESTED_TIP, history};
pub(crate) use genesis::Genesis;
pub(crate) use impersonation::signature as impersonated_signature;
pub(crate) use invalid::TransactionRefusal;
pub(crate) use logs::{matching, of_transaction};
pub(crate) use persistence::{ChainChange, Persistence, SavedChain};
pub(crate) use pool::{PoolLimits, WaitingTransaction};
pub(crate) use reorg::Replacement;
pub(crate) use revert::reason;
pub(crate) use state::{Amendment, WorldState, bytecode};
pub(crate) use submit::decode;
pub(crate) use time::{ChainTime, TimeError};
pub(crate) use unsaved::UnsavedChange;
pub(crate) use view::{ChainView, HASHES_IN_REACH, TransactionPosition};

use pool::TransactionPool;

/// Number of blocks mined before the writer lock is released.
const MINING_BATCH: u64 = 256;
/// Maximum lag of a listener in transactions. Beyond it, the listener misses the oldest.
const ARRIVALS_KEPT: usize = 4_096;

/// A chain of blocks and the transactions that wait to be in it.
#[derive(Debug)]
pub(crate) struct Chain {
    chain_id: u64,
    max_snapshots: usize,
    history: Option<u64>,
    clock: Arc<dyn Clock>,
    writer: Mutex<ChainWriter>,
    published: ArcSwap<ChainView>,
    changes: watch::Sender<u64>,
    arrivals: broadcast::Sender<Arc<WaitingTransaction>>,
    mining: watch::Sender<Mining>,
}

#[derive(Debug)]
struct ChainWriter {
    view: ChainView,
    time: ChainTime,
    /// Time at the publication of the view.
    published_time: ChainTime,
    lifecycle: Lifecycle,
    /// Transactions that can run now and are not yet announced.
    unannounced: Vec<Arc<WaitingTransaction>>,
    snapshots: BTreeMap<u64, (ChainView, ChainTime)>,
    next_snapshot: u64,
}

/// The handling of changes: kept in memory, saved, or refused.
#[derive(Debug)]
enum Lifecycle {
    InMemory,
    Saved(Box<dyn Persistence>),
    Closed,
}

impl Chain {
    /// Returns a chain of one block.
    pub(crate) fn new(conditions: ChainConfig, genesis: Genesis) -> Self {
        let state = WorldState::genesis(genesis.balances.iter().copied());
        let time = ChainTime::default();
        let timestamp = time.next_block(conditions.clock.unix_time(), 0);
        let block = Block::genesis(state, timestamp, &genesis);
        let view = ChainView::new(block, TransactionPool::new(conditions.pool));
        Self::of(conditions, view, time)
    }

    /// Returns the saved chain. A waiting transaction that does not fit the pool is dropped.
    pub(crate) fn resume(conditions: ChainConfig, kept: SavedChain) -> Self {
        let mut view = ChainView::new(kept.oldest, TransactionPool::new(conditions.pool));
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

    fn of(conditions: ChainConfig, view: ChainView, time: ChainTime) -> Self {
        Self {
            chain_id: conditions.chain_id,
            max_snapshots: conditions.max_snapshots,
            history: conditions.history,
            clock: conditions.clock,
            published: ArcSwap::from_pointee(view.clone()),
            writer: Mutex::new(ChainWriter {
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

    /// Returns the current view of the chain.
    pub(crate) fn view(&self) -> Arc<ChainView> {
        self.published.load_full()
    }

    /// Returns a receiver that is notified of each new [`ChainView`].
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Returns a receiver of transactions. Each is sent as soon as it can be mined.
    pub(crate) fn arrivals(&self) -> broadcast::Receiver<Arc<WaitingTransaction>> {
        self.arrivals.subscribe()
    }

    /// Returns the time outside of the chain, since 1970.
    pub(crate) fn clock(&self) -> Duration {
        self.clock.unix_time()
    }

    /// Saves all changes from now on. The current content must be saved already.
    pub(crate) fn save_with(&self, persistence: Box<dyn Persistence>) {
        self.writer().lifecycle = Lifecycle::Saved(persistence);
    }

    /// Releases the storage of the chain and refuses all further changes.
    pub(crate) fn close(&self) {
        self.writer().lifecycle = Lifecycle::Closed;
    }

    /// Returns the offset of the chain's time from the clock.
    pub(crate) fn time(&self) -> ChainTime {
        self.writer().time
    }

    /// Returns the pending block, with a state and a header. It is not part of the chain.
    pub(crate) fn pending(&self) -> Block {
        let (view, timestamp) = {
            let writer = self.writer();
            (writer.view.clone(), self.next_timestamp(&writer))
        };
        mine::build(&view, self.chain_id, timestamp, usize::MAX).block
    }

    /// Accepts a signed transaction. It is mined at once if mining is instant and its nonce is the
    /// next one.
    pub(crate) fn submit(&self, raw: &[u8]) -> Result<B256, TransactionRefusal> {
        self.accept(decode(raw, self.chain_id)?)
    }

    /// Accepts a decoded transaction with its sender, like [`submit`](Self::submit).
    pub(crate) fn accept(&self, transaction: Transaction) -> Result<B256, TransactionRefusal> {
        let hash = *transaction.tx_hash();
        let mut writer = self.writer();
        writer.receive(transaction)?;
        self.settle(&mut writer)?;
        Ok(hash)
    }

    /// Removes a waiting transaction. Returns `false` if it does not wait.
    pub(crate) fn drop_transaction(&self, hash: &B256) -> Result<bool, UnsavedChange> {
        let mut writer = self.writer();
        let dropped = writer.view.pool.remove_with_hash(hash);
        self.publish(&mut writer)?;
        Ok(dropped)
    }

    /// Mines `count` blocks, `interval` seconds apart if that is given, and returns the number of
    /// the last one. Each takes as many waiting transactions as fit.
    pub(crate) fn mine(&self, count: u64, interval: Option<u64>) -> Result<u64, UnsavedChange> {
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

    /// Mines one block if mining is still at an interval.
    pub(crate) fn mine_at_interval(&self) -> Result<(), UnsavedChange> {
        let mut writer = self.writer();
        if matches!(*self.mining.borrow(), Mining::Interval(_)) {
            let timestamp = self.next_timestamp(&writer);
            self.mine_one(&mut writer, timestamp, usize::MAX);
            self.publish(&mut writer)?;
        }
        Ok(())
    }

    /// Changes the mining mode. The task that watches [`mining`](Self::mining) mines the blocks
    /// that are due at an interval.
    pub(crate) fn set_mining(&self, mining: Mining) -> Result<(), UnsavedChange> {
        let mut writer = self.writer();
        self.mining.send_replace(mining);
        self.settle(&mut writer)
    }

    pub(crate) fn mining(&self) -> watch::Receiver<Mining> {
        self.mining.subscribe()
    }

    fn writer(&self) -> MutexGuard<'_, ChainWriter> {
        // Every change is made on a view that shares no mutable data, so a panic leaves no partial
        // change.
        self.writer.lock()
    }

    /// Mines the executable transactions if mining is instant, and publishes the changes.
    fn settle(&self, writer: &mut ChainWriter) -> Result<(), UnsavedChange> {
        if *self.mining.borrow() == Mining::Instant {
            self.mine_waiting(writer);
        }
        self.publish(writer)
    }

    /// Saves the changes and publishes them to readers. On an error, the chain is unchanged.
    fn publish(&self, writer: &mut ChainWriter) -> Result<(), UnsavedChange> {
        let newest = writer.view.head().number();
        let kept = self.history.unwrap_or(u64::MAX);
        let oldest = (newest + 1).saturating_sub(kept).max(writer.view.oldest().number());
        let before = self.published.load_full();
        if let Err(unsaved) = writer.save(&before, oldest) {
            tracing::error!(%unsaved, "the chain stays as it was");
            writer.view = ChainView::clone(&before);
            writer.time = writer.published_time;
            writer.unannounced.clear();
            return Err(unsaved);
        }
        writer.view.prune(oldest);
        writer.published_time = writer.time;
        self.published.store(Arc::new(writer.view.clone()));
        self.changes.send_modify(|version| *version += 1);
        // Announced after publication, so that a listener finds the transaction.
        for waiting in writer.unannounced.drain(..) {
            // It fails if there are no listeners.
            let _ = self.arrivals.send(waiting);
        }
        Ok(())
    }

    /// Sets the time of the next block to `seconds` after the last one.
    fn step_time(&self, writer: &mut ChainWriter, seconds: u64) {
        let parent = writer.view.head().header.timestamp;
        let timestamp = parent.saturating_add(seconds);
        let clock = self.clock.unix_time();
        if let Err(error) = writer.time.set_next(timestamp, clock, parent) {
            tracing::debug!(%error, "the time of a block was not moved");
        }
    }

    fn next_timestamp(&self, writer: &ChainWriter) -> u64 {
        let parent = writer.view.head().header.timestamp;
        writer.time.next_block(self.clock.unix_time(), parent)
    }

    /// Mines one block per executable transaction, until none is left.
    fn mine_waiting(&self, writer: &mut ChainWriter) {
        while writer.view.has_due_transaction() {
            let timestamp = self.next_timestamp(writer);
            self.mine_one(writer, timestamp, 1);
        }
    }

    fn mine_one(&self, writer: &mut ChainWriter, timestamp: u64, limit: usize) {
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

impl ChainWriter {
    /// Checks a transaction and adds it to the pool.
    fn receive(&mut self, transaction: Transaction) -> Result<(), TransactionRefusal> {
        submit::check(&transaction, &self.view)?;
        let head = self.view.head();
        let mined = head.state.nonce(&transaction.signer());
        let base_fee = head.next_base_fee();
        let runnable = self.view.pool.insert(transaction, mined, base_fee)?;
        self.unannounced.extend(runnable);
        Ok(())
    }
    fn save(&mut self, before: &ChainView, oldest: u64) -> Result<(), UnsavedChange> {
        match &mut self.lifecycle {
            Lifecycle::InMemory => Ok(()),
            Lifecycle::Saved(persistence) => {
                persistence.save(&ChainChange { before, now: &self.view, time: self.time, oldest })
            }
            Lifecycle::Closed => Err(UnsavedChange { reason: "the chain has stopped".into() }),
        }
    }
}
