//! The chain itself, without any network around it.
//!
//! There is one writer at a time, behind a mutex that is held for the length of one change and
//! never across an await. Readers take the latest published [`View`] and are not held up.

mod access;
mod amend;
mod assembly;
mod block;
mod call;
mod estimate;
mod execute;
mod fees;
mod impersonation;
mod invalid;
mod logs;
mod mine;
mod orphans;
mod pool;
mod reorg;
mod revert;
mod state;
mod submit;
mod time;
mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use arc_swap::ArcSwap;
use hetu_chain::Clock;
use tokio::sync::{broadcast, watch};

use crate::mining::Mining;

pub(crate) use access::access_list;
pub(crate) use amend::AmendError;
pub(crate) use block::{Block, Receipt, Transaction};
pub(crate) use call::{Call, CallError, succeeded};
pub(crate) use estimate::estimate;
pub(crate) use fees::{SUGGESTED_TIP, history};
pub(crate) use impersonation::signature as impersonated_signature;
pub(crate) use invalid::Invalid;
pub(crate) use logs::{matching, of_transaction};
pub(crate) use pool::{PoolLimits, Waiting};
pub(crate) use reorg::Replacement;
pub(crate) use revert::reason;
pub(crate) use state::{Amendment, bytecode};
pub(crate) use submit::decode;
pub(crate) use time::TimeError;
pub(crate) use view::{Position, View};

use pool::Pool;
use state::State;
use time::ChainTime;

/// How many blocks are mined before the writer lets others in.
const MINING_BATCH: u64 = 256;
/// How many transactions a listener may fall behind before it misses the oldest.
const ARRIVALS_KEPT: usize = 4_096;

/// What a chain is made with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) chain_id: u64,
    pub(crate) block_gas_limit: u64,
    /// Wei for each gas.
    pub(crate) base_fee: u64,
    pub(crate) balances: Vec<(Address, U256)>,
    pub(crate) pool: PoolLimits,
    pub(crate) max_snapshots: usize,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A chain of blocks and the transactions that wait to be in it.
#[derive(Debug)]
pub(crate) struct Chain {
    chain_id: u64,
    max_snapshots: usize,
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
    /// Transactions that can run now and of which nobody has been told yet.
    unannounced: Vec<Arc<Waiting>>,
    snapshots: BTreeMap<u64, (View, ChainTime)>,
    next_snapshot: u64,
}

impl Chain {
    pub(crate) fn new(genesis: Genesis) -> Self {
        let state = State::genesis(genesis.balances);
        let time = ChainTime::default();
        let timestamp = time.next_block(genesis.clock.unix_time(), 0);
        let block = Block::genesis(state, timestamp, genesis.block_gas_limit, genesis.base_fee);
        let view = View::new(block, Pool::new(genesis.pool));
        Self {
            chain_id: genesis.chain_id,
            max_snapshots: genesis.max_snapshots,
            clock: genesis.clock,
            published: ArcSwap::from_pointee(view.clone()),
            writer: Mutex::new(Writer {
                view,
                time,
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
        self.settle(&mut writer);
        Ok(hash)
    }

    /// Takes a waiting transaction back. False if no such one waits.
    pub(crate) fn drop_transaction(&self, hash: &B256) -> bool {
        let mut writer = self.writer();
        let dropped = writer.view.pool.remove_with_hash(hash);
        self.publish(&mut writer);
        dropped
    }

    /// Mines `count` blocks, `interval` seconds apart if that is given, and returns the number
    /// of the last one. Each takes as many waiting transactions as fit.
    pub(crate) fn mine(&self, count: u64, interval: Option<u64>) -> u64 {
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
            self.publish(&mut writer);
            if left == 0 {
                return writer.view.head().number();
            }
        }
    }

    /// Mines one block if blocks still come at an interval.
    pub(crate) fn mine_at_interval(&self) {
        let mut writer = self.writer();
        if matches!(*self.mining.borrow(), Mining::Interval(_)) {
            let timestamp = self.next_timestamp(&writer);
            self.mine_one(&mut writer, timestamp, usize::MAX);
            self.publish(&mut writer);
        }
    }

    /// Says from now on when blocks are mined. Whoever watches [`mining`](Self::mining) mines
    /// those that come at an interval.
    pub(crate) fn set_mining(&self, mining: Mining) {
        let mut writer = self.writer();
        self.mining.send_replace(mining);
        self.settle(&mut writer);
    }

    pub(crate) fn mining(&self) -> watch::Receiver<Mining> {
        self.mining.subscribe()
    }

    /// Moves the time of the following blocks forward, in seconds. Returns by how much the
    /// chain is ahead of the clock in total.
    pub(crate) fn increase_time(&self, seconds: u64) -> Result<i64, TimeError> {
        let clock = self.clock.unix_time();
        self.writer().time.increase(seconds, clock)
    }

    /// Sets the time of the next block, in seconds since 1970.
    pub(crate) fn set_next_timestamp(&self, timestamp: u64) -> Result<(), TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let parent = writer.view.head().header.timestamp;
        writer.time.set_next(timestamp, clock, parent)
    }

    /// Sets the time from which the following blocks count on, in seconds since 1970. Returns by
    /// how many seconds that is later than it was.
    pub(crate) fn set_time(&self, timestamp: u64) -> Result<u64, TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let parent = writer.view.head().header.timestamp;
        writer.time.set(timestamp, clock, parent)
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
    pub(crate) fn revert(&self, snapshot: u64) -> bool {
        let mut writer = self.writer();
        let Some((view, time)) = writer.snapshots.remove(&snapshot) else {
            return false;
        };
        writer.snapshots.split_off(&snapshot);
        writer.view = view;
        writer.time = time;
        self.publish(&mut writer);
        true
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // Every change is made on a view that shares nothing mutable, so a panic leaves no
        // half of one behind.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mines what is due if mining is instant, and publishes what has changed.
    fn settle(&self, writer: &mut Writer) {
        if *self.mining.borrow() == Mining::Instant {
            self.mine_waiting(writer);
        }
        self.publish(writer);
    }

    fn publish(&self, writer: &mut Writer) {
        self.published.store(Arc::new(writer.view.clone()));
        self.changes.send_modify(|version| *version += 1);
        // Told of only now, so that whoever hears of one finds it.
        for waiting in writer.unannounced.drain(..) {
            // It fails if nobody listens.
            let _ = self.arrivals.send(waiting);
        }
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
}
