//! Differences between the states of two successive blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy_consensus::constants::KECCAK_EMPTY;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::{RlpDecodable, RlpEncodable};

/// Accounts and slots touched since the previous block. The state holds their values. Cloning is
/// cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateChanges(Arc<TouchedState>);

#[derive(Clone, Debug, Default)]
pub(crate) struct TouchedState {
    pub(crate) accounts: BTreeMap<Address, TouchedAccount>,
    pub(crate) codes: BTreeSet<B256>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TouchedAccount {
    /// `true` if all slots of the account were cleared before those in `slots` were written.
    pub(crate) is_wiped: bool,
    pub(crate) slots: BTreeSet<U256>,
}

impl StateChanges {
    pub(crate) fn touched(&self) -> &TouchedState {
        &self.0
    }

    pub(crate) fn account(&mut self, address: Address) -> &mut TouchedAccount {
        Arc::make_mut(&mut self.0).accounts.entry(address).or_default()
    }

    pub(crate) fn wipe(&mut self, address: Address) {
        *self.account(address) = TouchedAccount { is_wiped: true, slots: BTreeSet::new() };
    }

    pub(crate) fn code(&mut self, hash: B256) {
        Arc::make_mut(&mut self.0).codes.insert(hash);
    }
}

/// The difference between two states, with all values.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(crate) struct Delta {
    /// Changed accounts, ordered by address.
    pub(crate) accounts: Vec<AccountDelta>,
    /// New contract code.
    pub(crate) codes: Vec<Bytes>,
}

#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
#[rlp(trailing)]
pub(crate) struct AccountDelta {
    pub(crate) address: Address,
    /// `true` if all slots that are not in `slots` are zero.
    pub(crate) is_wiped: bool,
    pub(crate) slots: Vec<SlotDelta>,
    /// Content of the account, or `None` if the account was removed.
    pub(crate) content: Option<AccountContent>,
}

/// The content of an account without its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(crate) struct AccountContent {
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code_hash: B256,
}

impl AccountContent {
    pub(crate) const EMPTY: Self = Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK_EMPTY };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub(crate) struct SlotDelta {
    pub(crate) slot: U256,
    /// Value of the slot. Zero if it was cleared.
    pub(crate) value: U256,
}
