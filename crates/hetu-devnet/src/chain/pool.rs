//! Transactions that wait to be mined.

use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};
use rpds::RedBlackTreeMapSync;

use super::block::Transaction;
use super::invalid::Invalid;
use super::state::Map;

/// How much more a replacement has to pay, in percent, for both its fee and its tip.
const PRICE_BUMP: u128 = 10;

/// A waiting transaction.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) transaction: Transaction,
    /// Counts up with every transaction that comes in: the earlier one goes first among equals.
    pub(crate) arrival: u64,
}

/// The waiting transactions of one sender, by nonce.
type Lane = RedBlackTreeMapSync<u64, Arc<Waiting>>;

/// All waiting transactions, at most one for each sender and nonce. A clone is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    capacity: usize,
    arrivals: u64,
    lanes: Map<Address, Lane>,
    places: Map<B256, (Address, u64)>,
}

impl Pool {
    /// An empty pool that never holds more than `capacity` transactions.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, arrivals: 0, lanes: Map::new_sync(), places: Map::new_sync() }
    }

    pub(crate) fn with_hash(&self, hash: &B256) -> Option<&Arc<Waiting>> {
        let (sender, nonce) = self.places.get(hash)?;
        self.at(sender, *nonce)
    }

    pub(crate) fn at(&self, sender: &Address, nonce: u64) -> Option<&Arc<Waiting>> {
        self.lanes.get(sender)?.get(&nonce)
    }

    pub(crate) fn senders(&self) -> impl Iterator<Item = &Address> {
        self.lanes.keys()
    }

    /// The first nonce from `mined` on for which no transaction waits.
    pub(crate) fn next_nonce(&self, sender: &Address, mined: u64) -> u64 {
        let Some(lane) = self.lanes.get(sender) else {
            return mined;
        };
        (mined..).find(|nonce| !lane.contains_key(nonce)).unwrap_or(u64::MAX)
    }

    /// Takes a transaction in, in place of one with the same sender and nonce if it pays more.
    pub(crate) fn insert(&mut self, transaction: Transaction) -> Result<(), Invalid> {
        let hash = *transaction.tx_hash();
        if self.places.contains_key(&hash) {
            return Err(Invalid::AlreadyKnown);
        }
        let (sender, nonce) = (transaction.signer(), transaction.nonce());
        if let Some(present) = self.at(&sender, nonce) {
            if !outbids(&transaction, &present.transaction) {
                return Err(Invalid::ReplacementUnderpriced);
            }
            self.remove(&sender, nonce);
        } else if self.places.size() >= self.capacity {
            return Err(Invalid::PoolFull);
        }
        let mut lane = self.lanes.get(&sender).cloned().unwrap_or_default();
        lane.insert_mut(nonce, Arc::new(Waiting { transaction, arrival: self.arrivals }));
        self.arrivals += 1;
        self.lanes.insert_mut(sender, lane);
        self.places.insert_mut(hash, (sender, nonce));
        Ok(())
    }

    pub(crate) fn remove(&mut self, sender: &Address, nonce: u64) {
        let Some(mut lane) = self.lanes.get(sender).cloned() else {
            return;
        };
        let Some(waiting) = lane.get(&nonce) else {
            return;
        };
        self.places.remove_mut(waiting.transaction.tx_hash());
        lane.remove_mut(&nonce);
        if lane.is_empty() {
            self.lanes.remove_mut(sender);
        } else {
            self.lanes.insert_mut(*sender, lane);
        }
    }
}

fn outbids(new: &Transaction, old: &Transaction) -> bool {
    let tip = |transaction: &Transaction| {
        transaction.max_priority_fee_per_gas().unwrap_or_else(|| transaction.max_fee_per_gas())
    };
    let bumped = |price: u128| price.saturating_mul(100 + PRICE_BUMP).div_ceil(100);
    new.max_fee_per_gas() >= bumped(old.max_fee_per_gas()) && tip(new) >= bumped(tip(old))
}

#[cfg(test)]
mod tests {
    use alloy_consensus::{SignableTransaction, TxEip1559};
    use alloy_primitives::Signature;

    use super::*;

    const ALICE: Address = Address::repeat_byte(1);

    fn transaction(nonce: u64, fee: u128) -> Transaction {
        let body = TxEip1559 {
            nonce,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: fee,
            ..TxEip1559::default()
        };
        let signed = body.into_signed(Signature::test_signature());
        Transaction::new_unchecked(signed.into(), ALICE)
    }

    #[test]
    fn a_replacement_has_to_pay_a_tenth_more() {
        let mut pool = Pool::new(4);
        pool.insert(transaction(0, 100)).unwrap();
        assert_eq!(pool.insert(transaction(0, 100)), Err(Invalid::AlreadyKnown));
        assert_eq!(pool.insert(transaction(0, 109)), Err(Invalid::ReplacementUnderpriced));
        pool.insert(transaction(0, 110)).unwrap();
        let waiting = pool.at(&ALICE, 0).unwrap();
        assert_eq!(waiting.transaction.max_fee_per_gas(), 110);
        assert!(pool.with_hash(transaction(0, 100).tx_hash()).is_none());
    }

    #[test]
    fn the_next_nonce_stops_at_a_gap() {
        let mut pool = Pool::new(4);
        for nonce in [3, 4, 6] {
            pool.insert(transaction(nonce, 1)).unwrap();
        }
        assert_eq!(pool.next_nonce(&ALICE, 3), 5);
        assert_eq!(pool.next_nonce(&ALICE, 2), 2);
        pool.remove(&ALICE, 4);
        assert_eq!(pool.next_nonce(&ALICE, 3), 4);
    }

    #[test]
    fn a_full_pool_takes_replacements_only() {
        let mut pool = Pool::new(1);
        pool.insert(transaction(0, 100)).unwrap();
        assert_eq!(pool.insert(transaction(1, 100)), Err(Invalid::PoolFull));
        pool.insert(transaction(0, 200)).unwrap();
    }
}
