//! Writes of chain changes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use alloy_primitives::B256;
use redb::{ReadableTable, Table, WriteTransaction};

use super::record::{BlockRecord, TransactionRecord, decode, encode};
use super::tables::{
    ABOUT, ACCOUNTS, BLOCKS, CODES, DELTAS, GENESIS, HASHES, SLOTS, StateTables, WAITING, corrupted,
};
use crate::chain::{
    Block, ChainChange, ChainTime, ChainView, Delta, HASHES_IN_REACH, WaitingTransaction,
};

/// Name of the [`ChainTime`] in [`ABOUT`].
pub(super) const TIME: &str = "time";

/// Writes all of `view`.
pub(super) fn write_whole(
    transaction: &WriteTransaction,
    view: &ChainView,
    time: ChainTime,
) -> Result<(), redb::Error> {
    transaction.delete_table(BLOCKS)?;
    transaction.delete_table(DELTAS)?;
    transaction.delete_table(ACCOUNTS)?;
    transaction.delete_table(SLOTS)?;
    transaction.delete_table(CODES)?;
    transaction.delete_table(HASHES)?;
    write_hashes(transaction, view, 0..view.oldest().number())?;
    if let Some(genesis) = view.genesis() {
        let record = encode(&BlockRecord::of(genesis));
        transaction.open_table(GENESIS)?.insert(0, record.as_slice())?;
    }
    StateTables::open(transaction)?.apply(&view.oldest().state.whole())?;
    let mut history = BlockTables::open(transaction)?;
    history.insert_block(view.oldest())?;
    history.append(view, view.oldest().number() + 1)?;
    write_time(transaction, time)?;
    write_all_waiting(transaction, view)
}

/// Writes the changes of the chain.
pub(super) fn write_change(
    transaction: &WriteTransaction,
    change: &ChainChange<'_>,
) -> Result<(), redb::Error> {
    let ChainChange { before, now, time, oldest } = *change;
    match now.last_shared(before) {
        Some(shared) if now.oldest().number() >= before.oldest().number() => {
            let mut history = BlockTables::open(transaction)?;
            history.truncate(shared)?;
            history.append(now, shared + 1)?;
            write_time(transaction, time)?;
            write_waiting(transaction, before, now)?;
        }
        // The chain was reverted to blocks that are no longer stored here.
        _ => write_whole(transaction, now, time)?,
    }
    prune(transaction, now, oldest)
}

struct BlockTables<'transaction> {
    blocks: Table<'transaction, u64, &'static [u8]>,
    deltas: Table<'transaction, u64, &'static [u8]>,
}

impl<'transaction> BlockTables<'transaction> {
    fn open(transaction: &'transaction WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            blocks: transaction.open_table(BLOCKS)?,
            deltas: transaction.open_table(DELTAS)?,
        })
    }

    fn insert_block(&mut self, block: &Block) -> Result<(), redb::Error> {
        self.blocks.insert(block.number(), encode(&BlockRecord::of(block)).as_slice())?;
        Ok(())
    }

    /// Adds the blocks of `view` from `first` on, each with its state difference.
    fn append(&mut self, view: &ChainView, first: u64) -> Result<(), redb::Error> {
        for block in (first..=view.head().number()).filter_map(|number| view.block_at(number)) {
            self.insert_block(block)?;
            self.deltas.insert(block.number(), encode(&block.state.delta()).as_slice())?;
        }
        Ok(())
    }

    /// Removes the blocks after `last`.
    fn truncate(&mut self, last: u64) -> Result<(), redb::Error> {
        self.blocks.retain_in(last + 1.., |_, _| false)?;
        self.deltas.retain_in(last + 1.., |_, _| false)?;
        Ok(())
    }
}

/// Removes the blocks before `oldest`.
fn prune(transaction: &WriteTransaction, now: &ChainView, oldest: u64) -> Result<(), redb::Error> {
    let mut history = BlockTables::open(transaction)?;
    let first = history.blocks.first()?.map(|(number, _)| number.value());
    let first = first.ok_or_else(|| corrupted("there are no blocks".to_owned()))?;
    if first >= oldest {
        return Ok(());
    }
    let mut state = StateTables::open(transaction)?;
    for number in first + 1..=oldest {
        let delta = history.deltas.remove(number)?;
        let delta = delta.ok_or_else(|| corrupted(format!("block {number} has no changes")))?;
        state.apply(&decode::<Delta>(delta.value()).map_err(corrupted)?)?;
    }
    history.blocks.retain_in(..oldest, |_, _| false)?;
    write_hashes(transaction, now, first..oldest)
}

/// Stores the hashes of the blocks of `view` with these numbers, which are the last ones before the
/// oldest block.
fn write_hashes(
    transaction: &WriteTransaction,
    view: &ChainView,
    numbers: Range<u64>,
) -> Result<(), redb::Error> {
    let first = numbers.end.saturating_sub(HASHES_IN_REACH);
    let mut table = transaction.open_table(HASHES)?;
    table.retain_in(..first, |_, _| false)?;
    for number in first.max(numbers.start)..numbers.end {
        if let Some(hash) = view.hash_at(number) {
            table.insert(number, &hash.0)?;
        }
    }
    Ok(())
}

fn write_time(transaction: &WriteTransaction, time: ChainTime) -> Result<(), redb::Error> {
    let json = serde_json::to_string(&time).expect("two numbers serialise");
    transaction.open_table(ABOUT)?.insert(TIME, json.as_str())?;
    Ok(())
}

/// Returns the waiting transactions by arrival number and hash, which identify each of them.
fn by_arrival(view: &ChainView) -> BTreeMap<(u64, B256), &WaitingTransaction> {
    let waiting = view.pool.waiting().map(Arc::as_ref);
    waiting.map(|waiting| ((waiting.arrival, *waiting.transaction.tx_hash()), waiting)).collect()
}

/// Replaces the stored waiting transactions.
pub(super) fn write_all_waiting(
    transaction: &WriteTransaction,
    view: &ChainView,
) -> Result<(), redb::Error> {
    transaction.delete_table(WAITING)?;
    let mut table = transaction.open_table(WAITING)?;
    for waiting in view.pool.waiting() {
        let record = TransactionRecord::of(&waiting.transaction);
        table.insert(waiting.arrival, encode(&record).as_slice())?;
    }
    Ok(())
}

fn write_waiting(
    transaction: &WriteTransaction,
    before: &ChainView,
    now: &ChainView,
) -> Result<(), redb::Error> {
    let (before, now) = (by_arrival(before), by_arrival(now));
    let mut table = transaction.open_table(WAITING)?;
    for (arrival, _) in before.keys().filter(|key| !now.contains_key(key)) {
        table.remove(arrival)?;
    }
    for (key, waiting) in now.iter().filter(|(key, _)| !before.contains_key(key)) {
        let record = TransactionRecord::of(&waiting.transaction);
        table.insert(key.0, encode(&record).as_slice())?;
    }
    Ok(())
}
