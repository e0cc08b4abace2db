//! Signed transactions, and those that take the place of one another.

use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};

use crate::abi::UnsignedTransaction;
use crate::client::journal::SignedRecord;
use crate::rpc::{CallRequest, HexBytes};
use crate::{Address, TxHash};

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) hash: TxHash,
    pub(super) transaction: UnsignedTransaction,
    pub(super) bytes: Vec<u8>,
    /// Whether it only takes the nonce from the original.
    pub(super) cancels: bool,
}

impl Attempt {
    /// What the journal holds; nothing if that is no transaction.
    pub(super) fn of_record(record: &SignedRecord) -> Option<Self> {
        Some(Self {
            hash: record.hash,
            transaction: record.transaction()?,
            bytes: record.signed.0.clone(),
            cancels: record.cancels,
        })
    }

    /// The transaction as a call that can be run again.
    pub(super) fn request(&self, from: Address) -> CallRequest {
        let UnsignedTransaction { to, data, value, .. } = self.transaction.clone();
        CallRequest { from: Some(from), to, data: HexBytes(data), value, gas: None }
    }
}

/// All that was signed for one nonce to do one thing, or to prevent it. Clones share it, so that
/// whoever waits for one of them learns of the others.
#[derive(Clone, Debug)]
pub(super) struct Attempts(Arc<Mutex<Vec<Attempt>>>);

/// Attempts that are forgotten when nobody waits for them.
pub(super) type ForgettableAttempts = Weak<Mutex<Vec<Attempt>>>;

impl Attempts {
    /// The first is the original.
    pub(super) fn new(attempts: Vec<Attempt>) -> Self {
        Self(Arc::new(Mutex::new(attempts)))
    }

    /// Those that are remembered, if somebody still waits for them.
    pub(super) fn remembered(attempts: &ForgettableAttempts) -> Option<Self> {
        attempts.upgrade().map(Self)
    }

    pub(super) fn forgettable(&self) -> ForgettableAttempts {
        Arc::downgrade(&self.0)
    }

    /// Takes over what is missing of `others`, if they are attempts of the same thing.
    pub(super) fn joined_by(&self, others: &[Attempt]) -> bool {
        let mut own = self.locked();
        if !others.iter().any(|other| own.contains(other)) {
            return false;
        }
        let missing: Vec<_> = others.iter().filter(|other| !own.contains(other)).cloned().collect();
        own.extend(missing);
        true
    }

    pub(super) fn all(&self) -> Vec<Attempt> {
        self.locked().clone()
    }

    /// The newest, which nodes prefer.
    pub(super) fn newest(&self) -> Option<Attempt> {
        self.locked().last().cloned()
    }

    pub(super) fn newest_hash(&self) -> TxHash {
        self.locked().last().map(|attempt| attempt.hash).unwrap_or_default()
    }

    pub(super) fn original_hash(&self) -> TxHash {
        self.locked().first().map(|attempt| attempt.hash).unwrap_or_default()
    }

    pub(super) fn add(&self, attempt: Attempt) {
        self.locked().push(attempt);
    }

    pub(super) fn remove(&self, hash: TxHash) {
        self.locked().retain(|attempt| attempt.hash != hash);
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Fees;
    use crate::{Amount, ChainId};

    fn attempt(number: u8) -> Attempt {
        let transaction = UnsignedTransaction {
            chain_id: ChainId::new(1),
            nonce: 0,
            to: None,
            value: Amount::ZERO,
            data: vec![number],
            gas: 1,
            fees: Fees::Legacy { gas_price: u64::from(number) },
        };
        Attempt { hash: [number; 32].into(), transaction, bytes: vec![number], cancels: false }
    }

    #[test]
    fn attempts_of_the_same_thing_are_joined_and_others_are_not() {
        let attempts = Attempts::new(vec![attempt(1), attempt(2)]);
        assert!(!attempts.joined_by(&[attempt(3)]), "another thing with the same nonce");
        assert!(attempts.joined_by(&[attempt(2), attempt(4)]));
        assert_eq!(attempts.all(), [attempt(1), attempt(2), attempt(4)]);
        assert_eq!(attempts.original_hash(), attempt(1).hash);
        attempts.remove(attempt(4).hash);
        assert_eq!(attempts.newest(), Some(attempt(2)));
    }

    #[test]
    fn nobody_remembers_attempts_that_nobody_waits_for() {
        let attempts = Attempts::new(vec![attempt(1)]);
        let remembered = attempts.forgettable();
        assert!(Attempts::remembered(&remembered).is_some());
        drop(attempts);
        assert!(Attempts::remembered(&remembered).is_none());
    }
}
