//! Transactions that wait to be mined.

use std::cmp::Reverse;
use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};
use rpds::RedBlackTreeMapSync;

use super::block::Transaction;
use super::invalid::TransactionRefusal;
use super::map::Map;

/// Minimum price increase of a replacement, in percent, for both its fee and its tip.
const PRICE_BUMP: u128 = 10;

/// Limits of the pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolLimits {
    pub(crate) total: usize,
    /// Maximum number of transactions of one account behind a gap in its nonces.
    pub(crate) queued: usize,
}

/// A waiting transaction.
#[derive(Clone, Debug)]
pub(crate) struct WaitingTransaction {
    pub(crate) transaction: Transaction,
    /// Arrival number, which increases with every transaction. The lower one goes first among
    /// equals.
    pub(crate) arrival: u64,
}

/// The waiting transactions of one sender, by nonce.
pub(crate) type Lane = RedBlackTreeMapSync<u64, Arc<WaitingTransaction>>;

/// All waiting transactions, at most one for each sender and nonce. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct TransactionPool {
    limits: PoolLimits,
    arrivals: u64,
    lanes: Map<Address, Lane>,
    places: Map<B256, (Address, u64)>,
}

impl TransactionPool {
    /// Returns an empty pool.
    pub(crate) fn new(limits: PoolLimits) -> Self {
        Self { limits, arrivals: 0, lanes: Map::default(), places: Map::default() }
    }

    pub(crate) fn with_hash(&self, hash: &B256) -> Option<&Arc<WaitingTransaction>> {
        let (sender, nonce) = self.places.get(hash)?;
        self.at(sender, *nonce)
    }

    pub(crate) fn at(&self, sender: &Address, nonce: u64) -> Option<&Arc<WaitingTransaction>> {
        self.lanes.get(sender)?.get(&nonce)
    }

    /// Returns all waiting transactions, in no particular order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Arc<WaitingTransaction>> {
        self.lanes.values().flat_map(Lane::values)
    }

    pub(crate) fn senders(&self) -> impl Iterator<Item = &Address> {
        self.lanes.keys()
    }

    pub(crate) fn lanes(&self) -> impl Iterator<Item = (&Address, &Lane)> {
        self.lanes.iter()
    }

    /// Returns the transactions of `sender` with nonces below `nonce`.
    pub(crate) fn before(
        &self,
        sender: &Address,
        nonce: u64,
    ) -> impl Iterator<Item = &Arc<WaitingTransaction>> {
        let lane = self.lanes.get(sender).into_iter();
        lane.flat_map(move |lane| lane.range(..nonce)).map(|(_, waiting)| waiting)
    }

    /// Returns the first nonce, at or after `mined`, without a waiting transaction.
    pub(crate) fn next_nonce(&self, sender: &Address, mined: u64) -> u64 {
        let Some(lane) = self.lanes.get(sender) else {
            return mined;
        };
        let following = lane.range(mined..).zip(mined..);
        mined + following.take_while(|((nonce, _), expected)| **nonce == *expected).count() as u64
    }

    /// Adds a transaction. It replaces one with the same sender and nonce if it pays more.
    ///
    /// `mined` is the sender's nonce in the latest block, `base_fee` is the base fee of the next
    /// block. Returns the transactions that become executable: this one, and those that waited for
    /// it.
    pub(crate) fn insert(
        &mut self,
        transaction: Transaction,
        mined: u64,
        base_fee: u64,
    ) -> Result<Vec<Arc<WaitingTransaction>>, TransactionRefusal> {
        if self.places.contains_key(transaction.tx_hash()) {
            return Err(TransactionRefusal::AlreadyKnown);
        }
        let (sender, nonce) = (transaction.signer(), transaction.nonce());
        let due = self.next_nonce(&sender, mined);
        if let Some(present) = self.at(&sender, nonce) {
            if !outbids(&transaction, &present.transaction) {
                return Err(TransactionRefusal::ReplacementUnderpriced);
            }
            self.remove(&sender, nonce);
        } else {
            if nonce > due {
                self.make_room_behind_gap(&sender, nonce, due)?;
            }
            if self.places.size() >= self.limits.total {
                self.make_room_for(&transaction, base_fee)?;
            }
        }
        self.place(transaction);
        if nonce < due {
            return Ok(self.at(&sender, nonce).cloned().into_iter().collect());
        }
        let runnable = due..self.next_nonce(&sender, due);
        Ok(runnable.filter_map(|nonce| self.at(&sender, nonce).cloned()).collect())
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

    /// Removes the transaction with this hash. Returns `false` if it does not wait.
    pub(crate) fn remove_with_hash(&mut self, hash: &B256) -> bool {
        let Some((sender, nonce)) = self.places.get(hash).copied() else {
            return false;
        };
        self.remove(&sender, nonce);
        true
    }

    /// Removes transactions that can never run, because the nonces below `nonce` are used.
    pub(crate) fn remove_before(&mut self, sender: &Address, nonce: u64) {
        let stale: Vec<u64> =
            self.before(sender, nonce).map(|waiting| waiting.transaction.nonce()).collect();
        for nonce in stale {
            self.remove(sender, nonce);
        }
    }

    fn place(&mut self, transaction: Transaction) {
        let (sender, nonce) = (transaction.signer(), transaction.nonce());
        self.places.insert_mut(*transaction.tx_hash(), (sender, nonce));
        let mut lane = self.lanes.get(&sender).cloned().unwrap_or_default();
        lane.insert_mut(
            nonce,
            Arc::new(WaitingTransaction { transaction, arrival: self.arrivals }),
        );
        self.arrivals += 1;
        self.lanes.insert_mut(sender, lane);
    }

    /// Evicts the transaction that is farthest behind the gap at `due`, in favour of a nearer one.
    fn make_room_behind_gap(
        &mut self,
        sender: &Address,
        nonce: u64,
        due: u64,
    ) -> Result<(), TransactionRefusal> {
        let lane = self.lanes.get(sender).cloned().unwrap_or_default();
        let limit = self.limits.queued;
        if lane.range(due..).count() < limit {
            return Ok(());
        }
        match lane.last() {
            Some((farthest, _)) if *farthest > nonce => {
                self.remove(sender, *farthest);
                Ok(())
            }
            _ => Err(TransactionRefusal::AccountLimit { limit }),
        }
    }

    /// Evicts the worst paying of the other senders' last transactions, in favour of a better
    /// paying one. Only last transactions are candidates, so that no nonce gap opens.
    fn make_room_for(
        &mut self,
        transaction: &Transaction,
        base_fee: u64,
    ) -> Result<(), TransactionRefusal> {
        let sender = transaction.signer();
        let others = self.lanes.iter().filter(|(other, _)| **other != sender);
        let last = others.filter_map(|(_, lane)| lane.last().map(|(_, waiting)| waiting));
        let worst = last
            .min_by_key(|waiting| (worth(&waiting.transaction, base_fee), Reverse(waiting.arrival)))
            .ok_or(TransactionRefusal::PoolFull)?;
        if worth(transaction, base_fee) <= worth(&worst.transaction, base_fee) {
            return Err(TransactionRefusal::Underpriced);
        }
        let (sender, nonce) = (worst.transaction.signer(), worst.transaction.nonce());
        self.remove(&sender, nonce);
        Ok(())
    }
}

/// Returns the order of preference: the tip at the current base fee, if any, then the fee.
fn worth(transaction: &Transaction, base_fee: u64) -> (Option<u128>, u128) {
    (transaction.effective_tip_per_gas(base_fee), transaction.max_fee_per_gas())
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
    const BOB: Address = Address::repeat_byte(2);
    const BASE_FEE: u64 = 10;

    fn pool(total: usize) -> TransactionPool {
        TransactionPool::new(PoolLimits { total, queued: 2 })
    }

    fn of(sender: Address, nonce: u64, fee: u128) -> Transaction {
        let body = TxEip1559 {
            nonce,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: fee,
            ..TxEip1559::default()
        };
        let signed = body.into_signed(Signature::test_signature());
        Transaction::new_unchecked(signed.into(), sender)
    }

    fn transaction(nonce: u64, fee: u128) -> Transaction {
        of(ALICE, nonce, fee)
    }

    /// Inserts `transaction` and returns the nonces that become executable.
    fn insert(
        pool: &mut TransactionPool,
        transaction: Transaction,
    ) -> Result<Vec<u64>, TransactionRefusal> {
        let runnable = pool.insert(transaction, 0, BASE_FEE)?;
        Ok(runnable.iter().map(|waiting| waiting.transaction.nonce()).collect())
    }

    #[test]
    fn a_replacement_has_to_pay_a_tenth_more() {
        let mut pool = pool(4);
        insert(&mut pool, transaction(0, 100)).unwrap();
        assert_eq!(insert(&mut pool, transaction(0, 100)), Err(TransactionRefusal::AlreadyKnown));
        assert_eq!(
            insert(&mut pool, transaction(0, 109)),
            Err(TransactionRefusal::ReplacementUnderpriced)
        );
        assert_eq!(insert(&mut pool, transaction(0, 110)), Ok(vec![0]));
        let waiting = pool.at(&ALICE, 0).unwrap();
        assert_eq!(waiting.transaction.max_fee_per_gas(), 110);
        assert!(pool.with_hash(transaction(0, 100).tx_hash()).is_none());
    }

    #[test]
    fn the_next_nonce_stops_at_a_gap() {
        let mut pool = pool(4);
        for nonce in [3, 4, 6] {
            pool.insert(transaction(nonce, 100), 3, BASE_FEE).unwrap();
        }
        assert_eq!(pool.next_nonce(&ALICE, 3), 5);
        assert_eq!(pool.next_nonce(&ALICE, 2), 2);
        pool.remove(&ALICE, 4);
        assert_eq!(pool.next_nonce(&ALICE, 3), 4);
    }

    #[test]
    fn who_fills_a_gap_lets_those_behind_it_run() {
        let mut pool = pool(4);
        assert_eq!(insert(&mut pool, transaction(1, 100)), Ok(vec![]));
        assert_eq!(insert(&mut pool, transaction(3, 100)), Ok(vec![]));
        assert_eq!(insert(&mut pool, transaction(0, 100)), Ok(vec![0, 1]));
        assert_eq!(insert(&mut pool, transaction(2, 100)), Ok(vec![2, 3]));
    }

    #[test]
    fn behind_a_gap_the_farthest_gives_way() {
        let mut pool = pool(9);
        insert(&mut pool, transaction(5, 100)).unwrap();
        insert(&mut pool, transaction(7, 100)).unwrap();
        let refused = insert(&mut pool, transaction(8, 100));
        assert_eq!(refused, Err(TransactionRefusal::AccountLimit { limit: 2 }));
        insert(&mut pool, transaction(6, 100)).unwrap();
        assert!(pool.at(&ALICE, 7).is_none());
        // A transaction with the next nonce is not behind the gap.
        assert_eq!(insert(&mut pool, transaction(0, 100)), Ok(vec![0]));
        assert_eq!(insert(&mut pool, transaction(1, 100)), Ok(vec![1]));
    }

    #[test]
    fn in_a_full_pool_the_better_paying_stays() {
        let mut pool = pool(3);
        insert(&mut pool, transaction(0, 100)).unwrap();
        insert(&mut pool, transaction(1, 50)).unwrap();
        insert(&mut pool, of(BOB, 0, 60)).unwrap();
        let carol = Address::repeat_byte(3);
        assert_eq!(insert(&mut pool, of(carol, 0, 50)), Err(TransactionRefusal::Underpriced));
        assert_eq!(insert(&mut pool, of(carol, 0, 55)), Ok(vec![0]));
        assert!(pool.at(&ALICE, 1).is_none());
        // A sender cannot evict its own transactions, and a replacement needs no room.
        assert_eq!(insert(&mut pool, of(carol, 1, 70)), Ok(vec![1]));
        assert!(pool.at(&BOB, 0).is_none());
        assert_eq!(insert(&mut pool, transaction(0, 200)), Ok(vec![0]));
    }

    #[test]
    fn who_fills_the_pool_alone_has_to_wait() {
        let mut pool = pool(1);
        insert(&mut pool, transaction(0, 100)).unwrap();
        assert_eq!(insert(&mut pool, transaction(1, 500)), Err(TransactionRefusal::PoolFull));
    }

    #[test]
    fn used_nonces_are_removed() {
        let mut pool = pool(9);
        for nonce in 0..4 {
            insert(&mut pool, transaction(nonce, 100)).unwrap();
        }
        pool.remove_before(&ALICE, 3);
        assert_eq!(pool.before(&ALICE, 9).count(), 1);
        assert!(pool.remove_with_hash(transaction(3, 100).tx_hash()));
        assert!(!pool.remove_with_hash(transaction(3, 100).tx_hash()));
        assert_eq!(pool.senders().count(), 0);
    }
}
