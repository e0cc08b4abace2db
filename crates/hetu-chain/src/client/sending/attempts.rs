//! Signed transactions that replace one another.

use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};

use super::signed::SignedTransaction;
use crate::TxHash;

/// All transactions signed for one nonce, to make one call or to cancel it. Clones share the list,
/// so all tasks that wait for one attempt see the others.
#[derive(Clone, Debug)]
pub(super) struct TransactionAttempts(Arc<Mutex<Vec<SignedTransaction>>>);

/// Transaction attempts that are dropped when no task waits for them.
pub(super) type WeakAttempts = Weak<Mutex<Vec<SignedTransaction>>>;

impl TransactionAttempts {
    /// Creates the attempts. The first one is the original transaction.
    pub(super) fn new(attempts: Vec<SignedTransaction>) -> Self {
        Self(Arc::new(Mutex::new(attempts)))
    }

    /// Returns the remembered attempts, or `None` if no task waits for them any more.
    pub(super) fn remembered(attempts: &WeakAttempts) -> Option<Self> {
        attempts.upgrade().map(Self)
    }

    pub(super) fn forgettable(&self) -> WeakAttempts {
        Arc::downgrade(&self.0)
    }

    /// Adds the attempts of `others` that are missing here, and returns `true`. Returns `false` and
    /// adds none if no attempt of `others` is known here.
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

    /// Returns the newest attempt, which nodes prefer.
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
