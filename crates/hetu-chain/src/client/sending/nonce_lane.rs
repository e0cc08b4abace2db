//! Serialisation of the transactions of one account.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use parking_lot::Mutex as BlockingMutex;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use super::attempts::{TransactionAttempts, WeakAttempts};
use super::signed::SignedTransaction;
use crate::network::Network;
use crate::primitives::keccak256;
use crate::{Address, ChainId};

/// The time for which a nonce stays reserved after the task that watched its transaction stops.
/// After that time the node either counts the transaction or has lost it.
const LEFT_FOR: Duration = Duration::from_secs(60);

/// The lanes of this process, shared by all connections to the same nodes.
static LANES: LazyLock<BlockingMutex<HashMap<LaneKey, Weak<NonceLane>>>> =
    LazyLock::new(BlockingMutex::default);

type LaneKey = (ChainId, [u8; 32], Address);

/// The lanes of all accounts that send to one network.
#[derive(Debug)]
pub(in crate::client) struct NonceLanes {
    chain: ChainId,
    /// A hash of the endpoints. It distinguishes networks with the same chain id, such as
    /// development chains.
    nodes: [u8; 32],
    used: BlockingMutex<HashMap<Address, Arc<NonceLane>>>,
}

/// The order in which one account sends. Each transaction gets its own nonce, even when many tasks
/// send at once.
#[derive(Debug, Default)]
pub(super) struct NonceLane {
    turn: Arc<Mutex<()>>,
    held: BlockingMutex<BTreeMap<u64, NonceHold>>,
    /// The watched attempts of each nonce.
    watched: BlockingMutex<BTreeMap<u64, WeakAttempts>>,
}

/// A reason for which a nonce is not free although the node does not count it.
#[derive(Clone, Copy, Debug)]
enum NonceHold {
    /// A transaction of this process has it, and a task waits for the transaction.
    Watched,
    /// No task has waited for its transaction since this time.
    Left(Instant),
}

impl NonceLanes {
    pub(in crate::client) fn new(network: &Network) -> Self {
        let mut urls: Vec<_> = network.endpoints.iter().map(|url| url.expose()).collect();
        urls.sort_unstable();
        let (chain, nodes) = (network.chain_id, keccak256(urls.join("\n")));
        Self { chain, nodes, used: BlockingMutex::default() }
    }

    pub(super) fn of(&self, account: Address) -> Arc<NonceLane> {
        let mut used = self.used.lock();
        let lane = used.entry(account).or_insert_with(|| self.shared(account));
        Arc::clone(lane)
    }

    fn shared(&self, account: Address) -> Arc<NonceLane> {
        let mut lanes = LANES.lock();
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let key = (self.chain, self.nodes, account);
        lanes.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let lane = Arc::new(NonceLane::default());
            lanes.insert(key, Arc::downgrade(&lane));
            lane
        })
    }
}

impl NonceLane {
    /// Waits for the turn to send. Dropping the turn lets the next task send.
    pub(super) async fn turn(self: Arc<Self>) -> SendTurn {
        let guard = Arc::clone(&self.turn).lock_owned().await;
        SendTurn { lane: self, _guard: guard }
    }

    /// Returns `true` if a transaction of this process has the nonce.
    pub(super) fn is_held(&self, nonce: u64) -> bool {
        self.held.lock().get(&nonce).is_some_and(NonceHold::is_current)
    }

    /// Claims the nonce of a transaction that was sent earlier.
    pub(super) fn hold(self: Arc<Self>, nonce: u64) -> HeldNonce {
        self.held.lock().insert(nonce, NonceHold::Watched);
        HeldNonce { lane: self, nonce, is_held: true }
    }
}

impl NonceLane {
    /// Returns these attempts of a nonce, joined with the watched attempts of the same call if
    /// there are any.
    pub(super) fn attempts(
        &self,
        nonce: u64,
        attempts: Vec<SignedTransaction>,
    ) -> TransactionAttempts {
        let mut watched = self.watched.lock();
        watched.retain(|_, attempts| attempts.strong_count() > 0);
        let others = watched.get(&nonce).and_then(TransactionAttempts::remembered);
        match others.filter(|others| others.joined_by(&attempts)) {
            Some(others) => others,
            None => {
                let attempts = TransactionAttempts::new(attempts);
                watched.insert(nonce, attempts.forgettable());
                attempts
            }
        }
    }
}

/// The exclusive right to send the account's next transaction.
#[derive(Debug)]
pub(super) struct SendTurn {
    lane: Arc<NonceLane>,
    _guard: OwnedMutexGuard<()>,
}

impl SendTurn {
    /// Returns the first nonce that neither the node nor a transaction of this process uses, given
    /// the node's count of the account's transactions.
    ///
    /// The nonce of a lost transaction is therefore used again. A nonce that a slow node does not
    /// count yet is not.
    pub(super) fn nonce(&self, pending_count: u64, journaled: &BTreeSet<u64>) -> u64 {
        let mut held = self.lane.held.lock();
        held.retain(|nonce, hold| *nonce >= pending_count && hold.is_current());
        (pending_count..=u64::MAX)
            .find(|nonce| !held.contains_key(nonce) && !journaled.contains(nonce))
            .unwrap_or(u64::MAX)
    }

    /// Claims the nonce of a transaction that is being sent.
    pub(super) fn hold(&self, nonce: u64) -> HeldNonce {
        Arc::clone(&self.lane).hold(nonce)
    }

    /// Returns the attempts for the call of `attempt`, shared by all tasks that wait for them.
    pub(super) fn attempts(&self, nonce: u64, attempt: SignedTransaction) -> TransactionAttempts {
        self.lane.attempts(nonce, vec![attempt])
    }

    /// Returns `true` if a task of this process waits for the transaction with this nonce.
    pub(super) fn is_watched(&self, nonce: u64) -> bool {
        matches!(self.lane.held.lock().get(&nonce), Some(NonceHold::Watched))
    }
}

impl NonceHold {
    fn is_current(&self) -> bool {
        match self {
            Self::Watched => true,
            Self::Left(since) => since.elapsed() < LEFT_FOR,
        }
    }
}

/// The nonce of a watched transaction. Dropping it keeps the nonce reserved for a while, because
/// the transaction may be under way.
#[derive(Debug)]
pub(super) struct HeldNonce {
    lane: Arc<NonceLane>,
    nonce: u64,
    is_held: bool,
}

impl HeldNonce {
    /// Releases the nonce, so that the node's count decides whether it is free. Call it when the
    /// outcome is known or the deadline has passed.
    pub(super) fn release(&mut self) {
        self.is_held = false;
        self.lane.held.lock().remove(&self.nonce);
    }

    /// Claims a released nonce again.
    pub(super) fn hold_again(&mut self) {
        self.is_held = true;
        self.lane.held.lock().insert(self.nonce, NonceHold::Watched);
    }

    /// Keeps the nonce reserved for a while, because another program uses it although the node does
    /// not count it.
    pub(super) fn pass_over(self) {}
}

impl Drop for HeldNonce {
    fn drop(&mut self) {
        if self.is_held {
            self.lane.held.lock().insert(self.nonce, NonceHold::Left(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::presets;

    fn lane() -> Arc<NonceLane> {
        Arc::default()
    }

    #[tokio::test]
    async fn nonces_run_ahead_of_a_slow_node_and_fall_back_to_it() {
        let none = BTreeSet::new();
        let turn = lane().turn().await;
        assert_eq!(turn.nonce(7, &none), 7);
        let mut first = turn.hold(7);
        assert_eq!(turn.nonce(7, &none), 8, "the node does not count the first yet");
        let mut second = turn.hold(8);
        first.release();
        assert_eq!(turn.nonce(7, &none), 7, "the first was lost, the second waits for its place");
        second.release();
        assert_eq!(turn.nonce(9, &none), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn the_nonce_of_a_forgotten_transaction_stays_taken_for_a_while() {
        let none = BTreeSet::new();
        let turn = lane().turn().await;
        drop(turn.hold(3));
        turn.hold(4).pass_over();
        assert_eq!(turn.nonce(3, &none), 5);
        tokio::time::advance(LEFT_FOR).await;
        assert_eq!(turn.nonce(3, &none), 3);
    }

    #[tokio::test]
    async fn nonces_of_the_journal_are_not_given_away() {
        let turn = lane().turn().await;
        assert_eq!(turn.nonce(3, &BTreeSet::from([2, 3, 5])), 4);
    }

    #[test]
    fn connections_to_the_same_nodes_share_lanes_and_others_do_not() {
        let network = presets::local();
        let (one, two) = (NonceLanes::new(&network), NonceLanes::new(&network));
        let lane = one.of(Address::ZERO);
        assert!(Arc::ptr_eq(&lane, &two.of(Address::ZERO)));
        assert!(!Arc::ptr_eq(&lane, &one.of(Address::new([1; 20]))));
        let elsewhere = network.at_endpoint("http://127.0.0.1:1".parse().unwrap());
        assert!(!Arc::ptr_eq(&lane, &NonceLanes::new(&elsewhere).of(Address::ZERO)));
    }
}
