//! A budget of bytes for all replies of a broadcast.
//!
//! Each reply is bounded, and so is the number of concurrent queries; without a common bound 4,096
//! miners could make a validator hold 32 GiB. When the budget is used up, the largest reply is
//! refused, whether it is in flight or complete (longest queue drop). A reply of up to the budget
//! divided by the number of targets therefore always has room, whatever other miners send and in
//! any order. Fixed parts for each target were rejected: with thousands of targets they would be
//! too small for services with replies of different lengths.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::QueryError;

/// The bytes of all replies of one broadcast.
#[derive(Clone, Debug)]
pub(crate) struct ReplyBudget(Arc<BudgetState>);

#[derive(Debug)]
struct BudgetState {
    limit: usize,
    ledger: Mutex<ShareLedger>,
    /// The notification of the owner of complete replies when one of them is revoked.
    revocation: Notify,
}

#[derive(Debug, Default)]
struct ShareLedger {
    held: usize,
    entries: Vec<ShareEntry>,
}

#[derive(Debug)]
struct ShareEntry {
    held: usize,
    share: Arc<Revocation>,
}

#[derive(Debug, Default)]
struct Revocation {
    is_revoked: AtomicBool,
    wake: Notify,
}

/// The part of one reply in the byte budget of a broadcast. The charged bytes are returned when the
/// last clone is dropped.
#[derive(Clone)]
pub struct ReplyShare(Arc<HeldShare>);

struct HeldShare {
    budget: ReplyBudget,
    number: usize,
    revocation: Arc<Revocation>,
}

impl ReplyBudget {
    pub(crate) fn new(limit: usize) -> Self {
        let (ledger, revocation) = (Mutex::default(), Notify::new());
        Self(Arc::new(BudgetState { limit, ledger, revocation }))
    }

    /// Returns an empty share for the next reply.
    pub(crate) fn share(&self) -> ReplyShare {
        let revocation = Arc::<Revocation>::default();
        let mut ledger = self.ledger();
        ledger.entries.push(ShareEntry { held: 0, share: Arc::clone(&revocation) });
        let number = ledger.entries.len() - 1;
        drop(ledger);
        ReplyShare(Arc::new(HeldShare { budget: self.clone(), number, revocation }))
    }

    /// Waits until a share is revoked.
    ///
    /// Cancel safety: a revocation in the meantime is not lost.
    pub(crate) async fn revocation(&self) {
        self.0.revocation.notified().await;
    }

    #[cfg(test)]
    fn held(&self) -> usize {
        self.ledger().held
    }

    fn ledger(&self) -> MutexGuard<'_, ShareLedger> {
        self.0.ledger.lock()
    }
}

impl ShareLedger {
    fn largest(&self) -> Option<usize> {
        (0..self.entries.len()).max_by_key(|&number| self.entries[number].held)
    }

    fn release(&mut self, number: usize) {
        let held = std::mem::take(&mut self.entries[number].held);
        self.held -= held;
    }

    fn revoke(&mut self, number: usize) {
        self.release(number);
        let share = &self.entries[number].share;
        share.is_revoked.store(true, Ordering::Release);
        share.wake.notify_one();
    }
}

impl ReplyShare {
    /// Charges `bytes` more to the reply, before they are kept.
    ///
    /// # Errors
    /// [`QueryError::BudgetExceeded`] if there is no room and no reply is larger than this one, or
    /// if room was made for another reply by revoking this one.
    pub fn charge(&self, bytes: usize) -> Result<(), QueryError> {
        let HeldShare { budget, number, .. } = &*self.0;
        let limit = budget.0.limit;
        let mut ledger = budget.ledger();
        if self.is_revoked() {
            return Err(self.exceeded());
        }
        let wanted = ledger.entries[*number].held.saturating_add(bytes);
        while ledger.held.saturating_add(bytes) > limit {
            match ledger.largest() {
                Some(largest) if largest != *number && ledger.entries[largest].held > wanted => {
                    ledger.revoke(largest);
                    budget.0.revocation.notify_one();
                }
                _ => {
                    ledger.revoke(*number);
                    return Err(self.exceeded());
                }
            }
        }
        ledger.held += bytes;
        ledger.entries[*number].held = wanted;
        Ok(())
    }

    /// Waits until the reply has to be given up to make room for others.
    ///
    /// Cancel safety: safe to cancel and to call again.
    pub(crate) async fn revoked(&self) {
        while !self.is_revoked() {
            self.0.revocation.wake.notified().await;
        }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.0.revocation.is_revoked.load(Ordering::Acquire)
    }

    pub(crate) fn exceeded(&self) -> QueryError {
        QueryError::BudgetExceeded { limit: self.0.budget.0.limit }
    }
}

impl Drop for HeldShare {
    fn drop(&mut self) {
        self.budget.ledger().release(self.number);
    }
}

impl fmt::Debug for ReplyShare {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReplyShare")
            .field("is_revoked", &self.is_revoked())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_charged_is_released_with_the_last_clone() {
        let budget = ReplyBudget::new(100);
        let (one, other) = (budget.share(), budget.share());
        one.charge(60).unwrap();
        other.charge(40).unwrap();
        assert_eq!(budget.held(), 100);
        let clone = one.clone();
        drop(one);
        assert_eq!(budget.held(), 100);
        drop(clone);
        assert_eq!(budget.held(), 40);
        other.charge(60).unwrap();
    }

    #[test]
    fn largest_reply_is_refused_whether_it_has_come_or_is_under_way() {
        let budget = ReplyBudget::new(100);
        let (large, small) = (budget.share(), budget.share());
        large.charge(90).unwrap();
        small.charge(20).unwrap();
        assert!(large.is_revoked() && !small.is_revoked());
        assert!(matches!(large.charge(0), Err(QueryError::BudgetExceeded { limit: 100 })));
        let late = budget.share();
        assert!(late.charge(90).is_err(), "it would be the largest");
        assert_eq!(budget.held(), 20);
    }

    #[tokio::test]
    async fn reader_of_a_revoked_reply_is_woken() {
        let budget = ReplyBudget::new(100);
        let (large, small) = (budget.share(), budget.share());
        large.charge(90).unwrap();
        let waiting = tokio::spawn({
            let large = large.clone();
            async move { large.revoked().await }
        });
        small.charge(20).unwrap();
        budget.revocation().await;
        waiting.await.unwrap();
    }

    proptest! {
        #[test]
        fn reply_within_its_fair_part_always_fits_and_the_limit_always_holds(
            charges in prop::collection::vec((0_usize..8, 0_usize..2_000), 0..200),
        ) {
            let budget = ReplyBudget::new(8_000);
            let shares: Vec<_> = (0..8).map(|_| budget.share()).collect();
            let mut charged = [0; 8];
            for (number, bytes) in charges {
                charged[number] += bytes;
                let outcome = shares[number].charge(bytes);
                prop_assert!(budget.held() <= 8_000);
                if charged[number] <= 1_000 {
                    prop_assert!(outcome.is_ok(), "{charged:?}");
                }
            }
        }
    }
}
