//! Reads of a stored chain.

use alloy_primitives::B256;
use redb::{ReadTransaction, ReadableTable, TableError};
use serde::de::DeserializeOwned;

use super::record::{BlockRecord, TransactionRecord, decode};
use super::tables::{ABOUT, BLOCKS, DELTAS, GENESIS, HASHES, WAITING, corrupted, whole_state};
use super::write::TIME;
use crate::chain::{Block, Delta, SavedChain, Transaction, WorldState};

/// Returns the entry `name` of [`ABOUT`].
pub(super) fn about<T: DeserializeOwned>(
    transaction: &ReadTransaction,
    name: &str,
) -> Result<T, redb::Error> {
    let table = transaction.open_table(ABOUT)?;
    let json = table.get(name)?.ok_or_else(|| corrupted(format!("it has no {name}")))?;
    let unreadable = |error| corrupted(format!("{name} cannot be read: {error}"));
    serde_json::from_str(json.value()).map_err(unreadable)
}

pub(super) fn kept(transaction: &ReadTransaction) -> Result<SavedChain, redb::Error> {
    let (oldest, blocks) = blocks(transaction)?;
    Ok(SavedChain {
        hashes: hashes(transaction)?,
        genesis: genesis(transaction)?,
        oldest,
        blocks,
        time: about(transaction, TIME)?,
        waiting: waiting(transaction)?,
    })
}

fn hashes(transaction: &ReadTransaction) -> Result<Vec<(u64, B256)>, redb::Error> {
    let table = transaction.open_table(HASHES)?;
    let hashes = table.iter()?.map(|entry| {
        let (number, hash) = entry?;
        Ok((number.value(), B256::from(*hash.value())))
    });
    hashes.collect()
}

/// Returns block 0 without its state, which only the oldest block needs.
fn genesis(transaction: &ReadTransaction) -> Result<Option<Block>, redb::Error> {
    let table = match transaction.open_table(GENESIS) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        table => table?,
    };
    let Some(record) = table.get(0)? else { return Ok(None) };
    let record: BlockRecord = decode(record.value()).map_err(corrupted)?;
    let state = WorldState::restore(&Delta::default(), record.commitment);
    record.into_block(state).map(Some).map_err(corrupted)
}

/// Returns the oldest block and the later ones, in order.
fn blocks(transaction: &ReadTransaction) -> Result<(Block, Vec<Block>), redb::Error> {
    let table = transaction.open_table(BLOCKS)?;
    let deltas = transaction.open_table(DELTAS)?;
    let mut records = table.iter()?.map(|entry| {
        let (number, record) = entry?;
        let record: BlockRecord = decode(record.value()).map_err(corrupted)?;
        if record.header.number == number.value() {
            Ok(record)
        } else {
            Err(corrupted(format!("block {} stands in another's place", number.value())))
        }
    });
    let first = records.next().ok_or_else(|| corrupted("there are no blocks".to_owned()))??;
    let state = WorldState::restore(&whole_state(transaction)?, first.commitment);
    let oldest = first.into_block(state).map_err(corrupted)?;
    let mut blocks: Vec<Block> = Vec::new();
    for record in records {
        let (record, parent) = (record?, blocks.last().unwrap_or(&oldest));
        let number = record.header.number;
        if record.header.parent_hash != parent.hash() || number != parent.number() + 1 {
            return Err(corrupted(format!("block {number} does not follow the one before it")));
        }
        let delta = deltas.get(number)?;
        let delta = delta.ok_or_else(|| corrupted(format!("block {number} has no changes")))?;
        let delta: Delta = decode(delta.value()).map_err(corrupted)?;
        let state = parent.state.after(&delta, record.commitment);
        blocks.push(record.into_block(state).map_err(corrupted)?);
    }
    Ok((oldest, blocks))
}

fn waiting(transaction: &ReadTransaction) -> Result<Vec<Transaction>, redb::Error> {
    let table = transaction.open_table(WAITING)?;
    let waiting = table.iter()?.map(|entry| {
        let (_, record) = entry?;
        let record: TransactionRecord = decode(record.value()).map_err(corrupted)?;
        record.into_transaction().map_err(corrupted)
    });
    waiting.collect()
}
