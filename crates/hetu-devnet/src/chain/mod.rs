//! The chain itself, without any network around it.
//!
//! There is one writer at a time, behind a mutex that is held for the length of one change and
//! never across an await. Readers take the latest published [`View`] and are not held up.

mod block;
mod call;
mod estimate;
mod execute;
mod fees;
mod invalid;
mod logs;
mod mine;
mod pool;
mod revert;
mod state;
mod submit;
mod time;
mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, U256};
use arc_swap::ArcSwap;
use hetu_chain::Clock;
use tokio::sync::watch;

pub(crate) use block::{Block, Receipt, Transaction};
pub(crate) use call::{Call, CallError};
pub(crate) use estimate::estimate;
pub(crate) use fees::{SUGGESTED_TIP, history};
pub(crate) use invalid::Invalid;
pub(crate) use logs::{matching, of_transaction};
pub(crate) use revert::reason;
pub(crate) use time::TimeError;
pub(crate) use view::{Position, View};

use pool::Pool;
use state::State;
use time::ChainTime;

/// How many blocks are mined before the writer lets others in.
const MINING_BATCH: u64 = 256;

/// What a chain is made with.
#[derive(Clone, Debug)]
pub(crate) struct Genesis {
    pub(crate) chain_id: u64,
    pub(crate) block_gas_limit: u64,
    /// Wei for each gas.
    pub(crate) base_fee: u64,
    pub(crate) balances: Vec<(Address, U256)>,
    pub(crate) pool_capacity: usize,
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
}

#[derive(Debug)]
struct Writer {
    view: View,
    time: ChainTime,
    automine: bool,
    snapshots: BTreeMap<u64, (View, ChainTime)>,
    next_snapshot: u64,
}

impl Chain {
    pub(crate) fn new(genesis: Genesis) -> Self {
        let state = State::genesis(genesis.balances);
        let time = ChainTime::default();
        let timestamp = time.next_block(genesis.clock.unix_time(), 0);
        let block = Block::genesis(state, timestamp, genesis.block_gas_limit, genesis.base_fee);
        let view = View::new(block, Pool::new(genesis.pool_capacity));
        Self {
            chain_id: genesis.chain_id,
            max_snapshots: genesis.max_snapshots,
            clock: genesis.clock,
            published: ArcSwap::from_pointee(view.clone()),
            writer: Mutex::new(Writer {
                view,
                time,
                automine: true,
                snapshots: BTreeMap::new(),
                next_snapshot: 1,
            }),
            changes: watch::Sender::new(0),
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
        let transaction = submit::decode(raw, self.chain_id)?;
        let hash = *transaction.tx_hash();
        let mut writer = self.writer();
        submit::check(&transaction, writer.view.head())?;
        writer.view.pool.insert(transaction)?;
        if writer.automine {
            self.mine_waiting(&mut writer);
        }
        self.publish(&writer);
        Ok(hash)
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
            self.publish(&writer);
            if left == 0 {
                return writer.view.head().number();
            }
        }
    }

    /// Whether a transaction is mined as soon as it comes in.
    pub(crate) fn set_automine(&self, automine: bool) {
        let mut writer = self.writer();
        writer.automine = automine;
        if automine {
            self.mine_waiting(&mut writer);
            self.publish(&writer);
        }
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
        self.publish(&writer);
        true
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // Every change is made on a view that shares nothing mutable, so a panic leaves no
        // half of one behind.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, writer: &Writer) {
        self.published.store(Arc::new(writer.view.clone()));
        self.changes.send_modify(|version| *version += 1);
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
        let block = Arc::new(candidate.block);
        let mut view = writer.view.clone();
        let mined = block.transactions.iter();
        let mined = mined.map(|transaction| (transaction.signer(), transaction.nonce()));
        for (sender, nonce) in mined.chain(candidate.dropped) {
            view.pool.remove(&sender, nonce);
        }
        view.push(block);
        writer.view = view;
        writer.time.block_mined();
    }
}
