//! One account's transactions, in one line.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError};

use tokio::sync::{Mutex, MutexGuard};

use crate::Address;

/// The lanes of all accounts that send over one connection.
#[derive(Debug, Default)]
pub(in crate::client) struct NonceLanes(BlockingMutex<HashMap<Address, Arc<NonceLane>>>);

/// The order in which one account sends: each transaction gets the next nonce, however many
/// tasks send at once.
#[derive(Debug, Default)]
pub(super) struct NonceLane {
    next: Mutex<u64>,
    in_flight: AtomicUsize,
}

impl NonceLanes {
    pub(super) fn of(&self, account: Address) -> Arc<NonceLane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(account).or_default())
    }
}

impl NonceLane {
    /// Waits for the turn to send. Dropping the turn lets the next one send.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn { lane: self, next: self.next.lock().await }
    }
}

/// The right to send the account's next transaction.
#[derive(Debug)]
pub(super) struct Turn<'lane> {
    lane: &'lane NonceLane,
    next: MutexGuard<'lane, u64>,
}

impl<'lane> Turn<'lane> {
    /// The nonce to use, given the node's count of the account's transactions.
    ///
    /// While transactions of ours are under way the node may not count them all yet; when none
    /// is, the node is right, also about transactions that were dropped.
    pub(super) fn nonce(&self, pending_count: u64) -> u64 {
        if self.lane.in_flight.load(Ordering::Acquire) == 0 {
            return pending_count;
        }
        pending_count.max(*self.next)
    }

    /// Notes that a transaction with `nonce` was sent, and ends the turn. The transaction is
    /// under way until the returned value is dropped.
    pub(super) fn sent(mut self, nonce: u64) -> InFlight<'lane> {
        *self.next = nonce + 1;
        self.lane.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(self.lane)
    }
}

/// A transaction that was sent and of which nothing is known yet.
#[derive(Debug)]
pub(super) struct InFlight<'lane>(&'lane NonceLane);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nonces_run_ahead_of_a_slow_node_and_fall_back_to_it() {
        let lane = NonceLane::default();
        let first = lane.turn().await;
        assert_eq!(first.nonce(7), 7);
        let first = first.sent(7);

        let second = lane.turn().await;
        assert_eq!(second.nonce(7), 8, "the node does not count the first yet");
        let second = second.sent(8);

        drop((first, second));
        assert_eq!(lane.turn().await.nonce(7), 7, "both were dropped by the node");
    }

    #[test]
    fn accounts_have_lanes_of_their_own() {
        let lanes = NonceLanes::default();
        let lane = lanes.of(Address::ZERO);
        assert!(Arc::ptr_eq(&lane, &lanes.of(Address::ZERO)));
        assert!(!Arc::ptr_eq(&lane, &lanes.of(Address::new([1; 20]))));
    }
}
