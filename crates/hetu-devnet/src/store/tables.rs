//! The tables of the database.
//!
//! The state is stored once, as it was after the oldest block. For each later block, the difference
//! from the previous state is stored. When the oldest block is removed, the difference of the next
//! one is merged into the state. So the cost of a change depends on its size, not on the size of
//! the state.

use alloy_primitives::{Address, B256, U256};
use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};

use super::record::{decode, encode};
use crate::chain::{AccountDelta, Delta, SlotDelta};

/// Metadata of the chain: JSON by name.
pub(crate) const ABOUT: TableDefinition<'_, &str, &str> = TableDefinition::new("about");
/// [`BlockRecord`](super::record::BlockRecord)s by number.
pub(crate) const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// Block 0 under its number, even if it is no longer among the blocks.
pub(crate) const GENESIS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("genesis");
/// Hashes of blocks before the oldest one that contracts can still query, by number.
pub(crate) const HASHES: TableDefinition<'_, u64, &[u8; 32]> = TableDefinition::new("hashes");
/// [`Delta`]s by the number of the block that they lead to. The oldest block has none.
pub(crate) const DELTAS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("deltas");
/// Content of accounts without slots and code, by address.
pub(crate) const ACCOUNTS: TableDefinition<'_, &[u8; 20], &[u8]> = TableDefinition::new("accounts");
/// Non-zero values by address and slot.
pub(crate) const SLOTS: TableDefinition<'_, &[u8; 52], &[u8; 32]> = TableDefinition::new("slots");
/// Code by its hash.
pub(crate) const CODES: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("codes");
/// Waiting [`TransactionRecord`](super::record::TransactionRecord)s by arrival number.
pub(crate) const WAITING: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("waiting");

pub(crate) fn slot_key(address: &Address, slot: &U256) -> [u8; 52] {
    let mut key = [0; 52];
    key[..20].copy_from_slice(address.as_slice());
    key[20..].copy_from_slice(&slot.to_be_bytes::<32>());
    key
}

pub(crate) fn slot_of_key(key: &[u8; 52]) -> (Address, U256) {
    let (address, slot) = key.split_at(20);
    (Address::from_slice(address), U256::from_be_slice(slot))
}

/// The tables of the state after the oldest block.
#[derive(Debug)]
pub(crate) struct StateTables<'transaction> {
    accounts: Table<'transaction, &'static [u8; 20], &'static [u8]>,
    slots: Table<'transaction, &'static [u8; 52], &'static [u8; 32]>,
    codes: Table<'transaction, &'static [u8; 32], &'static [u8]>,
}

impl<'transaction> StateTables<'transaction> {
    pub(crate) fn open(transaction: &'transaction WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            accounts: transaction.open_table(ACCOUNTS)?,
            slots: transaction.open_table(SLOTS)?,
            codes: transaction.open_table(CODES)?,
        })
    }

    pub(crate) fn apply(&mut self, delta: &Delta) -> Result<(), redb::Error> {
        for code in &delta.codes {
            let hash = alloy_primitives::keccak256(code);
            self.codes.insert(&hash.0, code.as_ref())?;
        }
        for change in &delta.accounts {
            self.apply_account(change)?;
        }
        Ok(())
    }

    fn apply_account(&mut self, change: &AccountDelta) -> Result<(), redb::Error> {
        let address = change.address;
        match &change.content {
            Some(content) => self.accounts.insert(&address.0.0, encode(content).as_slice())?,
            None => self.accounts.remove(&address.0.0)?,
        };
        if change.is_wiped {
            let (first, last) = (slot_key(&address, &U256::ZERO), slot_key(&address, &U256::MAX));
            self.slots.retain_in::<&[u8; 52], _>(&first..=&last, |_, _| false)?;
        }
        for SlotDelta { slot, value } in &change.slots {
            let key = slot_key(&address, slot);
            if value.is_zero() {
                self.slots.remove(&key)?;
            } else {
                self.slots.insert(&key, &value.to_be_bytes::<32>())?;
            }
        }
        Ok(())
    }
}

/// Returns the state after the oldest block, as the difference from an empty state.
pub(crate) fn whole_state(transaction: &redb::ReadTransaction) -> Result<Delta, redb::Error> {
    let mut delta = Delta::default();
    for entry in transaction.open_table(ACCOUNTS)?.iter()? {
        let (address, content) = entry?;
        delta.accounts.push(AccountDelta {
            address: Address::from(*address.value()),
            is_wiped: true,
            slots: Vec::new(),
            content: Some(decode(content.value()).map_err(corrupted)?),
        });
    }
    for entry in transaction.open_table(SLOTS)?.iter()? {
        let (key, value) = entry?;
        let (address, slot) = slot_of_key(key.value());
        let owner = delta.accounts.binary_search_by_key(&address, |account| account.address);
        let owner = owner.map_err(|_| corrupted(format!("{address} has slots but no account")))?;
        let value = U256::from_be_bytes(*value.value());
        delta.accounts[owner].slots.push(SlotDelta { slot, value });
    }
    for entry in transaction.open_table(CODES)?.iter()? {
        let (hash, code) = entry?;
        let code = alloy_primitives::Bytes::copy_from_slice(code.value());
        if alloy_primitives::keccak256(&code) != B256::from(*hash.value()) {
            return Err(corrupted("a contract's code does not have its hash".to_owned()));
        }
        delta.codes.push(code);
    }
    Ok(delta)
}

/// Returns the error of a database content that this crate did not write.
pub(crate) fn corrupted(reason: String) -> redb::Error {
    redb::Error::Corrupted(reason)
}
