//! Shared look-ups: concurrent requests for one account cost one call.

use std::collections::HashMap;
use std::fmt;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use parking_lot::Mutex;

use super::kinds::AccountKind;
use crate::Address;
use crate::identity::ContractSignatureError;

type Answer = Result<AccountKind, ContractSignatureError>;

/// A shared look-up. Awaiting any clone of it drives it to its end.
pub(super) type Lookup = Shared<BoxFuture<'static, Answer>>;

/// The look-ups under way, by account. Look-ups that no task waits for are dropped.
#[derive(Default)]
pub(super) struct Lookups(Mutex<HashMap<Address, WeakShared<BoxFuture<'static, Answer>>>>);

impl Lookups {
    /// Returns the look-up of this account that is under way, or starts one with `start`.
    pub(super) fn join(
        &self,
        account: Address,
        start: impl FnOnce() -> BoxFuture<'static, Answer>,
    ) -> Lookup {
        let mut under_way = self.0.lock();
        // A finished look-up is outdated, and its failure must not be returned to later callers.
        under_way.retain(|_, lookup| open(lookup).is_some());
        if let Some(lookup) = under_way.get(&account).and_then(open) {
            return lookup;
        }
        let lookup = start().shared();
        under_way.extend(lookup.downgrade().map(|lookup| (account, lookup)));
        lookup
    }
}

fn open(lookup: &WeakShared<BoxFuture<'static, Answer>>) -> Option<Lookup> {
    lookup.upgrade().filter(|lookup| lookup.peek().is_none())
}

impl fmt::Debug for Lookups {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lookups").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    const ACCOUNT: Address = Address::new([1; 20]);
    const OTHER: Address = Address::new([2; 20]);

    struct Node {
        lookups: Lookups,
        started: AtomicUsize,
    }

    impl Node {
        fn new() -> Self {
            Self { lookups: Lookups::default(), started: AtomicUsize::new(0) }
        }

        /// Joins a look-up, or starts one that ends when the returned sender is used.
        fn join(&self, account: Address) -> (Lookup, oneshot::Sender<Answer>) {
            let (answer, answered) = oneshot::channel();
            let lookup = self.lookups.join(account, || {
                self.started.fetch_add(1, Ordering::Relaxed);
                async { answered.await.unwrap() }.boxed()
            });
            (lookup, answer)
        }

        fn started(&self) -> usize {
            self.started.load(Ordering::Relaxed)
        }
    }

    fn failure() -> Answer {
        Err(ContractSignatureError::Unavailable { reason: "down".into() })
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_one_lookup_even_if_the_first_leaves() {
        let node = Node::new();
        let (first, answer) = node.join(ACCOUNT);
        let (second, _) = node.join(ACCOUNT);
        let (third, _) = node.join(ACCOUNT);
        drop(first);
        assert_eq!(node.started(), 1);
        answer.send(Ok(AccountKind::Contract)).unwrap();
        assert_eq!(second.await, Ok(AccountKind::Contract));
        assert_eq!(third.await, Ok(AccountKind::Contract));
    }

    #[tokio::test]
    async fn other_accounts_are_looked_up_beside_it() {
        let node = Node::new();
        let (first, _open) = node.join(ACCOUNT);
        let (other, answer) = node.join(OTHER);
        answer.send(Ok(AccountKind::OwnKey)).unwrap();
        assert_eq!(other.await, Ok(AccountKind::OwnKey));
        assert!(first.peek().is_none());
    }

    #[tokio::test]
    async fn a_lookup_that_ended_is_joined_by_nobody() {
        let node = Node::new();
        let (first, answer) = node.join(ACCOUNT);
        answer.send(failure()).unwrap();
        assert_eq!(first.clone().await, failure());
        let (second, answer) = node.join(ACCOUNT);
        answer.send(Ok(AccountKind::OwnKey)).unwrap();
        assert_eq!(second.await, Ok(AccountKind::OwnKey));
        assert_eq!(node.started(), 2);
        drop(first);
    }

    #[test]
    fn lookups_that_nobody_waits_for_take_no_room() {
        let node = Node::new();
        for number in 0..100 {
            drop(node.join(Address::new([number; 20])));
        }
        let _last = node.join(ACCOUNT);
        assert_eq!(node.lookups.0.lock().len(), 1);
    }
}
