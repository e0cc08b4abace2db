//! Writes changes of the chain.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::B256;
use redb::{ReadableTable, Table, WriteTransaction};

use super::record::{BlockRecord, TransactionRecord, decode, encode};
use super::tables::{
    ABOUT, ACCOUNTS, BLOCKS, CODES, DELTAS, SLOTS, StateTables, WAITING, corrupted,
};
use crate::chain::{Block, ChainTime, Change, Delta, View, Waiting};

/// The name of the [`ChainTime`] in [`ABOUT`].
pub(super) const TIME: &str = "time";

/// Writes all of `view`.
pub(super) fn write_whole(
    transaction: &WriteTransaction,
    view: &View,
    time: ChainTime,
) -> Result<(), redb::Error> {
    transaction.delete_table(BLOCKS)?;
    transaction.delete_table(DELTAS)?;
    transaction.delete_table(ACCOUNTS)?;
    transaction.delete_table(SLOTS)?;
    transaction.delete_table(CODES)?;
    transaction.delete_table(WAITING)?;
    StateTables::open(transaction)?.apply(&view.oldest().state.whole())?;
    let mut history = History::open(transaction)?;
    history.insert_block(view.oldest())?;
    history.append(view, view.oldest().number() + 1)?;
    write_time(transaction, time)?;
    let mut table = transaction.open_table(WAITING)?;
    for waiting in view.pool.waiting() {
        let record = TransactionRecord::of(&waiting.transaction);
        table.insert(waiting.arrival, encode(&record).as_slice())?;
    }
    Ok(())
}

/// Writes how the chain has changed.
pub(super) fn write_change(
    transaction: &WriteTransaction,
    change: &Change<'_>,
) -> Result<(), redb::Error> {
    let Change { before, now, time, oldest } = *change;
    match now.last_shared(before) {
        Some(shared) if now.oldest().number() >= before.oldest().number() => {
            let mut history = History::open(transaction)?;
            history.truncate(shared)?;
            history.append(now, shared + 1)?;
            write_time(transaction, time)?;
            write_waiting(transaction, before, now)?;
        }
        // The chain went back to blocks that are no longer kept here.
        _ => write_whole(transaction, now, time)?,
    }
    prune(transaction, oldest)
}

struct History<'transaction> {
    blocks: Table<'transaction, u64, &'static [u8]>,
    deltas: Table<'transaction, u64, &'static [u8]>,
}

impl<'transaction> History<'transaction> {
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

    /// Adds the blocks of `view` from `first` on, each with what it changed.
    fn append(&mut self, view: &View, first: u64) -> Result<(), redb::Error> {
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
fn prune(transaction: &WriteTransaction, oldest: u64) -> Result<(), redb::Error> {
    let mut history = History::open(transaction)?;
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
    Ok(())
}

fn write_time(transaction: &WriteTransaction, time: ChainTime) -> Result<(), redb::Error> {
    let json = serde_json::to_string(&time).expect("two numbers serialise");
    transaction.open_table(ABOUT)?.insert(TIME, json.as_str())?;
    Ok(())
}

/// The waiting transactions by what tells one from every other.
fn by_arrival(view: &View) -> BTreeMap<(u64, B256), &Waiting> {
    let waiting = view.pool.waiting().map(Arc::as_ref);
    waiting.map(|waiting| ((waiting.arrival, *waiting.transaction.tx_hash()), waiting)).collect()
}

fn write_waiting(
    transaction: &WriteTransaction,
    before: &View,
    now: &View,
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
