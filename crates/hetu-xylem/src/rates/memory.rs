//! Rates counted in this process.

use std::collections::HashMap;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Rate, RateKey, RateLimiter, RateRefusal};

/// A rate limiter that counts calls in this process, for a bounded number of callers.
///
/// When the table is full, it discards callers that have been idle for as long as their calls
/// count. If none can be discarded, callers in the table continue and others are refused, because
/// an uncounted caller has no limit.
#[derive(Debug)]
pub struct InMemoryRateLimiter {
    capacity: usize,
    callers: Mutex<Callers>,
}

// A bounded cache crate would evict a busy caller, with its count, for a new one.
#[derive(Debug, Default)]
struct Callers {
    /// The time of each caller at which its calls no longer count.
    moments: HashMap<RateKey, Instant>,
    /// The time before which no caller can be discarded.
    next_forgetting: Option<Instant>,
}

impl Default for InMemoryRateLimiter {
    /// Returns a rate limiter for 2^16 callers, in less than 8 MiB.
    fn default() -> Self {
        Self::new(1 << 16)
    }
}

impl InMemoryRateLimiter {
    /// Creates a rate limiter for up to `capacity` callers at the same time, at least 1.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), callers: Mutex::default() }
    }

    /// Returns the number of callers in the table, including idle ones that are not discarded yet.
    pub fn len(&self) -> usize {
        self.callers.lock().moments.len()
    }

    /// Returns `true` if the table is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn check_now(&self, key: &RateKey, rate: Rate) -> Result<(), RateRefusal> {
        let now = Instant::now();
        let moment = self.callers.lock().moments.get(key).copied();
        rate.advance(moment, now).map(|_| ()).map_err(exceeded)
    }

    fn consume_now(&self, key: RateKey, rate: Rate) -> Result<(), RateRefusal> {
        let now = Instant::now();
        let mut callers = self.callers.lock();
        let known = callers.moments.get(&key).copied();
        let moment = rate.advance(known, now).map_err(exceeded)?;
        if known.is_none() && callers.moments.len() >= self.capacity {
            callers.make_room(now)?;
        }
        callers.moments.insert(key, moment);
        Ok(())
    }
}

impl Callers {
    /// Discards idle callers. It scans the table at most once for each caller that becomes idle.
    fn make_room(&mut self, now: Instant) -> Result<(), RateRefusal> {
        let wait = |next: Instant| RateRefusal::NoRoom { retry_after: next - now };
        if let Some(next) = self.next_forgetting.filter(|next| *next > now) {
            return Err(wait(next));
        }
        let mut earliest: Option<Instant> = None;
        let before = self.moments.len();
        self.moments.retain(|_, moment| {
            let is_busy = *moment > now;
            if is_busy {
                earliest = Some(earliest.map_or(*moment, |earliest| earliest.min(*moment)));
            }
            is_busy
        });
        match earliest.filter(|_| self.moments.len() == before) {
            Some(next) => {
                self.next_forgetting = Some(next);
                Err(wait(next))
            }
            None => Ok(()),
        }
    }
}

impl RateLimiter for InMemoryRateLimiter {
    fn check(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>> {
        ReadyOrBoxed::ready(self.check_now(&key, rate))
    }

    fn consume(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>> {
        ReadyOrBoxed::ready(self.consume_now(key, rate))
    }
}

fn exceeded(retry_after: Duration) -> RateRefusal {
    RateRefusal::Exceeded { retry_after }
}

#[cfg(test)]
mod tests {
    use hetu_cambium::{AccountId, Reason, Refusal};
    use hetu_chain::{Address, ChainId};
    use tokio::time::advance;

    use super::*;

    fn account(number: u64) -> RateKey {
        let mut address = [7; 20];
        address[..8].copy_from_slice(&number.to_be_bytes());
        RateKey::account(AccountId::new(ChainId::new(1), Address::new(address)))
    }

    #[tokio::test(start_paused = true)]
    async fn looking_costs_nothing_and_charging_counts() {
        let rates = InMemoryRateLimiter::default();
        let rate = Rate::per_second(2).unwrap();
        for _ in 0..10 {
            assert_eq!(rates.check(account(1), rate).await, Ok(()));
        }
        assert!(rates.is_empty());
        assert_eq!(rates.consume(account(1), rate).await, Ok(()));
        assert_eq!(rates.consume(account(1), rate).await, Ok(()));
        let retry_after = Duration::from_millis(500);
        for answer in [rates.check(account(1), rate), rates.consume(account(1), rate)] {
            assert_eq!(answer.await, Err(RateRefusal::Exceeded { retry_after }));
        }
        assert_eq!(rates.consume(account(2), rate).await, Ok(()));
        advance(retry_after).await;
        assert_eq!(rates.consume(account(1), rate).await, Ok(()));
        assert!(rates.check(account(1), rate).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_changes_applies_to_what_was_counted() {
        let rates = InMemoryRateLimiter::default();
        let generous = Rate::per_second(100).unwrap();
        for _ in 0..100 {
            assert_eq!(rates.consume(account(1), generous).await, Ok(()));
        }
        let strict = Rate::per_second(1).unwrap();
        let refusal = rates.consume(account(1), strict).await.unwrap_err();
        assert_eq!(refusal, RateRefusal::Exceeded { retry_after: Duration::from_secs(1) });
        let refusal = Refusal::from(refusal);
        assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RateLimited, 429));
        assert_eq!(refusal.retry_after(), Some(Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_table_serves_whom_it_knows_and_forgets_the_idle() {
        let rates = InMemoryRateLimiter::new(1_000);
        let rate = Rate::new(4, Duration::from_secs(4)).unwrap();
        for number in 0..100_000 {
            let outcome = rates.consume(account(number), rate).await;
            assert_eq!(outcome.is_ok(), number < 1_000, "{number}");
        }
        assert_eq!(rates.len(), 1_000);
        let refusal = rates.consume(account(5_000), rate).await.unwrap_err();
        assert_eq!(refusal, RateRefusal::NoRoom { retry_after: Duration::from_secs(1) });
        assert_eq!(Refusal::from(refusal).status().as_u16(), 503);
        assert_eq!(rates.consume(account(7), rate).await, Ok(()));

        advance(Duration::from_secs(1)).await;
        assert_eq!(rates.consume(account(5_000), rate).await, Ok(()));
        // The table contains the caller with two calls, and the newest caller.
        assert_eq!(rates.len(), 2);
    }
}
