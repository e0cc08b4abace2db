//! Signed transactions that take the place of one another.

use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};

use super::signed::SignedTransaction;
use crate::TxHash;

/// All that was signed for one nonce to do one thing, or to prevent it. Clones share it, so that
/// whoever waits for one of them learns of the others.
#[derive(Clone, Debug)]
pub(super) struct TransactionAttempts(Arc<Mutex<Vec<SignedTransaction>>>);

/// TransactionAttempts that are forgotten when nobody waits for them.
pub(super) type WeakAttempts = Weak<Mutex<Vec<SignedTransaction>>>;

impl TransactionAttempts {
    /// The first is the original.
    pub(super) fn new(attempts: Vec<SignedTransaction>) -> Self {
        Self(Arc::new(Mutex::new(attempts)))
    }

    /// Those that are remembered, if somebody still waits for them.
    pub(super) fn remembered(attempts: &WeakAttempts) -> Option<Self> {
        attempts.upgrade().map(Self)
    }

    pub(super) fn forgettable(&self) -> WeakAttempts {
        Arc::downgrade(&self.0)
    }

    /// Takes over what is missing of `others`, if they are attempts of the same thing.
    pub(super) fn joined_by(&self, others: &[SignedTransaction]) -> bool {
        let mut own = self.locked();
        if !others.iter().any(|other| own.contains(other)) {
            return false;
        }
        let missing: Vec<_> = others.iter().filter(|other| !own.contains(other)).cloned().collect();
        own.extend(missing);
        true
    }

    pub(super) fn all(&self) -> Vec<SignedTransaction> {
        self.locked().clone()
    }

    /// The newest, which nodes prefer.
    pub(super) fn newest(&self) -> Option<SignedTransaction> {
        self.locked().last().cloned()
    }

    pub(super) fn newest_hash(&self) -> TxHash {
        self.locked().last().map(|attempt| attempt.hash).unwrap_or_default()
    }

    pub(super) fn original_hash(&self) -> TxHash {
        self.locked().first().map(|attempt| attempt.hash).unwrap_or_default()
    }

    pub(super) fn add(&self, attempt: SignedTransaction) {
        self.locked().push(attempt);
    }

    pub(super) fn remove(&self, hash: TxHash) {
        self.locked().retain(|attempt| attempt.hash != hash);
    }

    fn locked(&self) -> MutexGuard<'_, Vec<SignedTransaction>> {
        self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Fees, UnsignedTransaction};
    use crate::{Amount, ChainId};

    fn attempt(number: u8) -> SignedTransaction {
        let transaction = UnsignedTransaction {
            chain_id: ChainId::new(1),
            nonce: 0,
            to: None,
            value: Amount::ZERO,
            data: vec![number],
            gas: 1,
            fees: Fees::Legacy { gas_price: u64::from(number) },
        };
        SignedTransaction {
            hash: [number; 32].into(),
            transaction,
            bytes: vec![number],
            cancels: false,
        }
    }

    #[test]
    fn attempts_of_the_same_thing_are_joined_and_others_are_not() {
        let attempts = TransactionAttempts::new(vec![attempt(1), attempt(2)]);
        assert!(!attempts.joined_by(&[attempt(3)]), "another thing with the same nonce");
        assert!(attempts.joined_by(&[attempt(2), attempt(4)]));
        assert_eq!(attempts.all(), [attempt(1), attempt(2), attempt(4)]);
        assert_eq!(attempts.original_hash(), attempt(1).hash);
        attempts.remove(attempt(4).hash);
        assert_eq!(attempts.newest(), Some(attempt(2)));
    }

    #[test]
    fn nobody_remembers_attempts_that_nobody_waits_for() {
        let attempts = TransactionAttempts::new(vec![attempt(1)]);
        let remembered = attempts.forgettable();
        assert!(TransactionAttempts::remembered(&remembered).is_some());
        drop(attempts);
        assert!(TransactionAttempts::remembered(&remembered).is_none());
    }
}
