//! How much may be asked beyond what was called for.
//!
//! Retries and hedges spend tokens (as in gRPC proposal A6). A call saves 0.1 of one and a call
//! that succeeds another 0.1; 20 can be saved, and there are 10 to begin with. So extra traffic is
//! at most a fifth of the calls while they succeed and a tenth while none does, beside what was
//! saved. Hedges leave 5 tokens to retries, which matter more.

use std::sync::atomic::{AtomicU32, Ordering};

/// In tenths of a token, as all numbers here.
const TOKEN: u32 = 10;
const MOST: u32 = 20 * TOKEN;
const FIRST: u32 = 10 * TOKEN;
const FOR_RETRIES: u32 = 5 * TOKEN;

#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FIRST))
    }
}

impl Budget {
    pub(super) fn call(&self) {
        self.save();
    }

    pub(super) fn success(&self) {
        self.save();
    }

    pub(super) fn has_retry(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= TOKEN
    }

    pub(super) fn has_hedge(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= FOR_RETRIES + TOKEN
    }

    /// Whether there was a token for a retry.
    pub(super) fn retry(&self) -> bool {
        self.spend(0)
    }

    /// Whether there was a token for a hedge.
    pub(super) fn hedge(&self) -> bool {
        self.spend(FOR_RETRIES)
    }

    pub(crate) fn tokens(&self) -> f64 {
        f64::from(self.0.load(Ordering::Relaxed)) / f64::from(TOKEN)
    }

    fn save(&self) {
        let save = |saved: u32| (saved < MOST).then_some(saved + 1);
        // It fails where no more can be saved.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, save);
    }

    fn spend(&self, left_over: u32) -> bool {
        let spend = |saved: u32| (saved >= left_over + TOKEN).then(|| saved - TOKEN);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(calls: u32, succeeds: bool) -> u32 {
        let budget = Budget::default();
        let mut spent = 0;
        for _ in 0..calls {
            budget.call();
            while budget.retry() {
                spent += 1;
            }
            if succeeds {
                budget.success();
            }
        }
        spent
    }

    #[test]
    fn extra_traffic_is_a_tenth_in_an_outage_and_a_fifth_otherwise() {
        assert_eq!(spent(1_000, false), 10 + 100);
        assert_eq!(spent(1_000, true), 10 + 199);
    }

    #[test]
    fn hedges_leave_something_to_retries() {
        let budget = Budget::default();
        let hedges = (0..20).filter(|_| budget.hedge()).count();
        let retries = (0..20).filter(|_| budget.retry()).count();
        assert_eq!((hedges, retries), (5, 5));
    }

    #[test]
    fn no_more_than_twenty_are_saved() {
        let budget = Budget::default();
        (0..10_000).for_each(|_| budget.success());
        assert!((budget.tokens() - 20.0).abs() < f64::EPSILON);
    }
}
