//! The budget of retries and hedges.
//!
//! Retries and hedges spend tokens (as in gRPC proposal A6). A call saves 0.1 of a token and a
//! successful call another 0.1; at most 20 are saved, and there are 10 at first. Extra traffic is
//! therefore at most a fifth of the calls while they succeed and a tenth while none does, beside
//! the saved tokens. Hedges leave 5 tokens to retries, which matter more.
//!
//! The budget is for outages, and must not lose calls where there is none: if one of many miners
//! fails with a thousand calls in flight, each of them needs a retry immediately. Without a token,
//! a call may therefore still ask a miner that it has not asked, as long as attempts succeed:
//!
//! - any miner, if its breaker admits requests, while no more attempts failed since the last
//!   success than 16 and one for each call in flight;
//! - a miner, if its last outcome was a success, while these are no more than 64 and one for each
//!   call.
//!
//! In an outage no attempt succeeds, so the allowance without tokens is used up once.

use std::sync::atomic::{AtomicU32, Ordering};

/// One token in tenths, as all numbers here.
const TOKEN: u32 = 10;
const MOST: u32 = 20 * TOKEN;
const FIRST: u32 = 10 * TOKEN;
const FOR_RETRIES: u32 = 5 * TOKEN;
/// The number of failures without a success between them that is no outage yet.
const FEW_FAILURES: u32 = 16;
const MANY_FAILURES: u32 = 64;

#[derive(Debug)]
pub(crate) struct RetryBudget {
    saved: AtomicU32,
    calls_under_way: AtomicU32,
    failures_in_a_row: AtomicU32,
}

/// A call, which is in flight until this is dropped.
#[derive(Debug)]
pub(super) struct CallUnderWay<'a>(&'a RetryBudget);

impl Drop for CallUnderWay<'_> {
    fn drop(&mut self) {
        self.0.calls_under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            saved: AtomicU32::new(FIRST),
            calls_under_way: AtomicU32::new(0),
            failures_in_a_row: AtomicU32::new(0),
        }
    }
}

impl RetryBudget {
    pub(super) fn call(&self) -> CallUnderWay<'_> {
        self.save();
        self.calls_under_way.fetch_add(1, Ordering::Relaxed);
        CallUnderWay(self)
    }

    pub(super) fn success(&self) {
        self.save();
        self.failures_in_a_row.store(0, Ordering::Relaxed);
    }

    /// Counts a failed attempt.
    pub(super) fn failure(&self) {
        let count = |failures: u32| failures.checked_add(1);
        // The update fails at the maximum.
        let _ = self.failures_in_a_row.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
    }

    /// Returns `true` if a miner may be asked without a token after a success as its last outcome.
    pub(super) fn trusts_who_is_well(&self) -> bool {
        let under_way = self.calls_under_way.load(Ordering::Relaxed);
        self.has_at_most(MANY_FAILURES.saturating_add(under_way))
    }

    /// Returns `true` if any miner may be asked without a token while its breaker admits requests.
    pub(super) fn trusts_who_is_admitted(&self) -> bool {
        let under_way = self.calls_under_way.load(Ordering::Relaxed);
        self.has_at_most(FEW_FAILURES.saturating_add(under_way))
    }

    fn has_at_most(&self, failures: u32) -> bool {
        self.failures_in_a_row.load(Ordering::Relaxed) <= failures
    }

    pub(super) fn has_retry(&self) -> bool {
        self.saved.load(Ordering::Relaxed) >= TOKEN
    }

    pub(super) fn has_hedge(&self) -> bool {
        self.saved.load(Ordering::Relaxed) >= FOR_RETRIES + TOKEN
    }

    /// Spends a token for a retry. Returns `false` if there was none.
    pub(super) fn retry(&self) -> bool {
        self.spend(0)
    }

    /// Spends a token for a hedge. Returns `false` if there was none.
    pub(super) fn hedge(&self) -> bool {
        self.spend(FOR_RETRIES)
    }

    pub(crate) fn tokens(&self) -> f64 {
        f64::from(self.saved.load(Ordering::Relaxed)) / f64::from(TOKEN)
    }

    fn save(&self) {
        let save = |saved: u32| (saved < MOST).then_some(saved + 1);
        // The update fails at the maximum.
        let _ = self.saved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, save);
    }

    fn spend(&self, left_over: u32) -> bool {
        let spend = |saved: u32| (saved >= left_over + TOKEN).then(|| saved - TOKEN);
        self.saved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(calls: u32, succeeds: bool) -> u32 {
        let budget = RetryBudget::default();
        let mut spent = 0;
        for _ in 0..calls {
            let _under_way = budget.call();
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
        let budget = RetryBudget::default();
        let hedges = (0..20).filter(|_| budget.hedge()).count();
        let retries = (0..20).filter(|_| budget.retry()).count();
        assert_eq!((hedges, retries), (5, 5));
    }

    #[test]
    fn no_more_than_twenty_are_saved() {
        let budget = RetryBudget::default();
        (0..10_000).for_each(|_| budget.success());
        assert!((budget.tokens() - 20.0).abs() < f64::EPSILON);
    }

    #[test]
    fn without_tokens_there_is_trust_as_long_as_attempts_succeed() {
        let budget = RetryBudget::default();
        let under_way: Vec<_> = (0..100).map(|_| budget.call()).collect();
        let failures = |count: u32| (0..count).for_each(|_| budget.failure());
        failures(16 + 100);
        assert!(budget.trusts_who_is_admitted());
        failures(1);
        assert!(!budget.trusts_who_is_admitted() && budget.trusts_who_is_well());
        failures(64 + 100 - 117);
        assert!(budget.trusts_who_is_well());
        drop(under_way);
        assert!(!budget.trusts_who_is_well());
        budget.success();
        assert!(budget.trusts_who_is_admitted() && budget.trusts_who_is_well());
    }
}
