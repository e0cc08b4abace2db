//! The accounts of the chain at one block.
//!
//! The maps are persistent: a clone costs one pointer and shares all unchanged parts. So every
//! block keeps its own state, and reads can be pinned to any block.

use std::collections::BTreeSet;

use alloy_consensus::constants::KECCAK_EMPTY;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use revm::bytecode::Bytecode;
use revm::state::EvmState;

use super::changes::{
    AccountContent, AccountDelta, Delta, SlotDelta, StateChanges, TouchedAccount,
};
use super::invalid::TransactionRefusal;
use super::map::Map;
use super::storage::Storage;

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code_hash: B256,
    pub(crate) storage: Storage,
}

impl Account {
    fn is_empty(&self) -> bool {
        self.content() == AccountContent::EMPTY
    }

    fn content(&self) -> AccountContent {
        AccountContent { balance: self.balance, nonce: self.nonce, code_hash: self.code_hash }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK_EMPTY, storage: Storage::default() }
    }
}

/// A change of an account without a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Amendment {
    Balance(U256),
    Nonce(u64),
    Code(Bytecode),
    Slot { slot: U256, value: U256 },
}

/// Returns code in the format of the EVM.
///
/// # Errors
///
/// Returns an error if the code begins like the delegation of an account (EIP-7702) but is not one.
pub(crate) fn bytecode(code: Bytes) -> Result<Bytecode, TransactionRefusal> {
    Bytecode::new_raw_checked(code).map_err(|error| TransactionRefusal::Code(error.to_string()))
}

/// All accounts at one block.
#[derive(Clone, Debug)]
pub(crate) struct WorldState {
    accounts: Map<Address, Account>,
    codes: Map<B256, Bytecode>,
    commitment: B256,
    /// Differences from the state of the previous block.
    changes: StateChanges,
}

impl WorldState {
    /// Returns the state without accounts.
    fn empty() -> Self {
        Self {
            accounts: Map::default(),
            codes: Map::default(),
            commitment: B256::ZERO,
            changes: StateChanges::default(),
        }
    }

    /// Returns the state in which the given accounts hold the given balances, in wei.
    pub(crate) fn genesis(balances: impl IntoIterator<Item = (Address, U256)>) -> Self {
        let mut state = Self::empty();
        let mut digest = Vec::new();
        for (address, balance) in balances {
            digest.extend_from_slice(address.as_slice());
            digest.extend_from_slice(&balance.to_be_bytes::<32>());
            state.set_balance(address, balance);
        }
        state.commitment = keccak256(digest);
        state
    }

    /// Returns the state root of the header.
    ///
    /// It is not the root of a Merkle-Patricia trie, which would cost a walk over every slot of
    /// every changed account, but a hash chain over all changes since the first block. It commits
    /// to the same content, so two chains with the same history agree on it. It cannot prove a
    /// single account.
    pub(crate) fn commitment(&self) -> B256 {
        self.commitment
    }

    /// Returns the same state as the base of the next block.
    pub(crate) fn successor(&self) -> Self {
        Self { changes: StateChanges::default(), ..self.clone() }
    }

    /// Returns the difference from the state of the previous block.
    pub(crate) fn delta(&self) -> Delta {
        let touched = self.changes.touched();
        let accounts = touched.accounts.iter();
        Delta {
            accounts: accounts
                .map(|(address, change)| self.account_delta(*address, change))
                .collect(),
            codes: touched.codes.iter().filter_map(|hash| self.code_with(hash)).collect(),
        }
    }

    /// Returns the difference from a state without accounts.
    pub(crate) fn whole(&self) -> Delta {
        let whole = |(address, account): (&Address, &Account)| {
            let slots = account.storage.slots().collect();
            self.account_delta(*address, &TouchedAccount { is_wiped: true, slots })
        };
        let mut accounts: Vec<_> = self.accounts.iter().map(whole).collect();
        accounts.sort_unstable_by_key(|account| account.address);
        let hashes: BTreeSet<&B256> = self.codes.keys().collect();
        Delta {
            accounts,
            codes: hashes.into_iter().filter_map(|hash| self.code_with(hash)).collect(),
        }
    }

    /// Returns the state with `delta` as its [whole](Self::whole).
    pub(crate) fn restore(delta: &Delta, commitment: B256) -> Self {
        Self::empty().after(delta, commitment).successor()
    }

    /// Returns the state of the next block, which differs from this one by `delta`.
    pub(crate) fn after(&self, delta: &Delta, commitment: B256) -> Self {
        let mut state = self.successor();
        for code in &delta.codes {
            // Code that only looks like a delegation is ordinary code.
            let bytecode = Bytecode::new_raw_checked(code.clone());
            state.add_code(bytecode.unwrap_or_else(|_| Bytecode::new_legacy(code.clone())));
        }
        for change in &delta.accounts {
            if change.is_wiped {
                state.clear_storage(change.address);
            }
            state.update(change.address, |account| {
                let content = change.content.unwrap_or(AccountContent::EMPTY);
                account.balance = content.balance;
                account.nonce = content.nonce;
                account.code_hash = content.code_hash;
            });
            for SlotDelta { slot, value } in &change.slots {
                state.set_slot(change.address, *slot, *value);
            }
            if change.content.is_none() {
                state.accounts.remove_mut(&change.address);
            }
        }
        state.commitment = commitment;
        state
    }

    fn account_delta(&self, address: Address, change: &TouchedAccount) -> AccountDelta {
        let slots = change.slots.iter().map(|slot| (*slot, self.slot(&address, slot)));
        // In a cleared storage, every slot that is not listed is zero.
        let slots = slots.filter(|(_, value)| !(change.is_wiped && value.is_zero()));
        AccountDelta {
            address,
            is_wiped: change.is_wiped,
            slots: slots.map(|(slot, value)| SlotDelta { slot, value }).collect(),
            content: self.account(&address).map(Account::content),
        }
    }

    pub(crate) fn account(&self, address: &Address) -> Option<&Account> {
        self.accounts.get(address)
    }

    pub(crate) fn balance(&self, address: &Address) -> U256 {
        self.account(address).map_or(U256::ZERO, |account| account.balance)
    }

    pub(crate) fn nonce(&self, address: &Address) -> u64 {
        self.account(address).map_or(0, |account| account.nonce)
    }

    pub(crate) fn has_code(&self, address: &Address) -> bool {
        self.account(address).is_some_and(|account| account.code_hash != KECCAK_EMPTY)
    }

    pub(crate) fn code(&self, address: &Address) -> Bytes {
        self.account(address)
            .and_then(|account| self.code_with(&account.code_hash))
            .unwrap_or_default()
    }

    pub(super) fn bytecode_with(&self, hash: &B256) -> Option<Bytecode> {
        self.codes.get(hash).cloned()
    }

    fn code_with(&self, hash: &B256) -> Option<Bytes> {
        self.codes.get(hash).map(Bytecode::original_bytes)
    }

    pub(crate) fn slot(&self, address: &Address, slot: &U256) -> U256 {
        self.account(address).map_or(U256::ZERO, |account| account.storage.get(slot))
    }

    pub(crate) fn set_balance(&mut self, address: Address, balance: U256) {
        self.update(address, |account| account.balance = balance);
    }

    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.update(address, |account| account.nonce = nonce);
    }

    pub(crate) fn set_code(&mut self, address: Address, bytecode: Bytecode) {
        let code_hash = self.add_code(bytecode);
        self.update(address, |account| account.code_hash = code_hash);
    }

    pub(crate) fn set_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.update(address, |account| account.storage.set(slot, value));
        self.changes.account(address).slots.insert(slot);
    }

    pub(crate) fn clear_storage(&mut self, address: Address) {
        self.changes.wipe(address);
        self.update(address, |account| account.storage = Storage::default());
    }

    /// Changes an account without a transaction.
    pub(crate) fn amend(&mut self, address: Address, amendment: Amendment) {
        let mut digest = self.commitment.to_vec();
        digest.extend_from_slice(address.as_slice());
        match amendment {
            Amendment::Balance(balance) => {
                digest.extend_from_slice(&balance.to_be_bytes::<32>());
                self.set_balance(address, balance);
            }
            Amendment::Nonce(nonce) => {
                digest.extend_from_slice(&nonce.to_be_bytes());
                self.set_nonce(address, nonce);
            }
            Amendment::Code(code) => {
                digest.extend_from_slice(code.hash_slow().as_slice());
                self.set_code(address, code);
            }
            Amendment::Slot { slot, value } => {
                digest.extend_from_slice(&slot.to_be_bytes::<32>());
                digest.extend_from_slice(&value.to_be_bytes::<32>());
                self.set_slot(address, slot, value);
            }
        }
        self.commitment = keccak256(digest);
    }

    /// Applies the changes of a transaction.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        let mut changed: Vec<_> =
            changes.into_iter().filter(|(_, account)| account.is_touched()).collect();
        // The maps iterate in no fixed order, and the commitment must not depend on it.
        changed.sort_unstable_by_key(|(address, _)| *address);
        let mut digest = self.commitment.to_vec();
        for (address, change) in changed {
            digest.extend_from_slice(address.as_slice());
            if change.is_selfdestructed() {
                self.changes.wipe(address);
                self.accounts.remove_mut(&address);
                continue;
            }
            let mut account = self.accounts.get(&address).cloned().unwrap_or_default();
            if change.is_created() {
                self.changes.wipe(address);
                account.storage = Storage::default();
            }
            account.balance = change.info.balance;
            account.nonce = change.info.nonce;
            account.code_hash = change.info.code_hash;
            if let Some(code) = change.info.code.filter(|code| !code.is_empty())
                && !self.codes.contains_key(&account.code_hash)
            {
                self.add_code(code);
            }
            digest.extend_from_slice(&account.balance.to_be_bytes::<32>());
            digest.extend_from_slice(&account.nonce.to_be_bytes());
            digest.extend_from_slice(account.code_hash.as_slice());
            let mut slots: Vec<_> = change
                .storage
                .into_iter()
                .filter(|(_, slot)| slot.is_changed())
                .map(|(slot, values)| (slot, values.present_value))
                .collect();
            slots.sort_unstable();
            let touched = self.changes.account(address);
            for (slot, value) in slots {
                touched.slots.insert(slot);
                digest.extend_from_slice(&slot.to_be_bytes::<32>());
                digest.extend_from_slice(&value.to_be_bytes::<32>());
                account.storage.set(slot, value);
            }
            if account.is_empty() {
                self.accounts.remove_mut(&address);
            } else {
                self.accounts.insert_mut(address, account);
            }
        }
        self.commitment = keccak256(digest);
    }

    fn add_code(&mut self, code: Bytecode) -> B256 {
        let hash = code.hash_slow();
        self.changes.code(hash);
        self.codes.insert_mut(hash, code);
        hash
    }

    fn update(&mut self, address: Address, change: impl FnOnce(&mut Account)) {
        self.changes.account(address);
        let mut account = self.accounts.get(&address).cloned().unwrap_or_default();
        change(&mut account);
        self.accounts.insert_mut(address, account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Address = Address::repeat_byte(1);

    #[test]
    fn a_clone_keeps_what_the_original_had() {
        let mut state = WorldState::genesis([(ALICE, U256::from(5))]);
        state.set_slot(ALICE, U256::from(1), U256::from(7));
        let before = state.clone();
        state.set_slot(ALICE, U256::from(1), U256::ZERO);
        state.set_balance(ALICE, U256::from(6));
        assert_eq!(before.slot(&ALICE, &U256::from(1)), U256::from(7));
        assert_eq!(before.balance(&ALICE), U256::from(5));
        assert_eq!(state.slot(&ALICE, &U256::from(1)), U256::ZERO);
    }

    #[test]
    fn code_is_found_by_address() {
        let mut state = WorldState::genesis([]);
        assert!(!state.has_code(&ALICE));
        state.set_code(ALICE, bytecode(Bytes::from_static(&[0x60, 0x00])).unwrap());
        assert!(state.has_code(&ALICE));
        assert_eq!(state.code(&ALICE), Bytes::from_static(&[0x60, 0x00]));
    }

    #[test]
    fn a_delta_leads_from_a_state_to_the_next_and_the_whole_from_nothing() {
        const BOB: Address = Address::repeat_byte(2);
        const CAROL: Address = Address::repeat_byte(3);
        let word = |number: u64| U256::from(number);
        let mut state = WorldState::genesis([(ALICE, word(5)), (BOB, word(6)), (CAROL, word(7))]);
        state.set_code(BOB, bytecode(Bytes::from_static(&[0x60, 0x00])).unwrap());
        state.set_slot(BOB, word(1), word(10));
        state.set_slot(CAROL, word(1), word(20));
        let mut next = state.successor();
        next.set_nonce(ALICE, 1);
        next.set_slot(BOB, word(1), U256::ZERO);
        next.set_slot(BOB, word(2), word(11));
        next.clear_storage(CAROL);
        next.set_slot(CAROL, word(9), word(21));
        let mut last = next.successor();
        last.accounts.remove_mut(&BOB);
        last.changes.wipe(BOB);
        last.set_code(ALICE, bytecode(Bytes::from_static(&[0x61])).unwrap());

        let restored = WorldState::restore(&state.whole(), state.commitment());
        assert_eq!(restored.whole(), state.whole());
        assert_eq!(restored.delta(), Delta::default());
        let restored = restored.after(&next.delta(), next.commitment());
        assert_eq!(restored.whole(), next.whole());
        assert_eq!(restored.delta(), next.delta());
        assert_eq!(next.delta().accounts.len(), 3);
        let restored = restored.after(&last.delta(), last.commitment());
        assert_eq!(restored.whole(), last.whole());
        assert!(restored.account(&BOB).is_none());
        assert_eq!(restored.code(&ALICE), Bytes::from_static(&[0x61]));
    }

    #[test]
    fn a_change_moves_the_commitment() {
        let mut state = WorldState::genesis([(ALICE, U256::from(5))]);
        let before = state.commitment();
        state.commit(EvmState::default());
        assert_ne!(state.commitment(), before);
        let before = state.commitment();
        state.amend(ALICE, Amendment::Balance(U256::from(6)));
        assert_ne!(state.commitment(), before);
    }

    #[test]
    fn a_broken_delegation_is_no_code() {
        assert!(bytecode(Bytes::from_static(&[0xef, 0x01, 0x00])).is_err());
    }
}
