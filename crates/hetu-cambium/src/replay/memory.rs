//! The memory of used signatures inside of the process, bounded and shared by all threads.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::limits::ReplayLimits;
use super::seen::{Seen, UseKey};
use crate::{AccountId, Nonce, Reason, Refusal};

#[derive(Debug)]
pub(super) struct Memory {
    limits: ReplayLimits,
    seen: Mutex<Seen>,
}

impl Memory {
    pub(super) fn new(limits: ReplayLimits, retention_seconds: u64) -> Self {
        Self { limits, seen: Mutex::new(Seen::new(retention_seconds)) }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Remembers a use until `last_second` is over.
    pub(super) fn remember(
        &self,
        account: AccountId,
        nonce: &Nonce,
        last_second: u64,
        now: u64,
    ) -> Result<(), Refusal> {
        let key = UseKey::new(&account, nonce.as_str());
        let mut seen = self.lock();
        seen.forget_before(now);
        if seen.is_forgotten(last_second) {
            return Err(Refusal::new(Reason::RequestExpired, "expires lies in the past"));
        }
        if seen.contains(&key) {
            return Err(Refusal::new(Reason::NonceReused, "the nonce was used before"));
        }
        self.admit(&seen, &account, now)?;
        seen.insert(key, account, last_second);
        Ok(())
    }

    fn admit(&self, seen: &Seen, account: &AccountId, now: u64) -> Result<(), Refusal> {
        let free = self.limits.capacity.saturating_sub(seen.len());
        let own = seen.principals.count(account) as usize;
        let has_slot = own > 0 || seen.principals.len() < self.limits.principals;
        if has_slot && own < free {
            return Ok(());
        }
        let wait = seen.next_forgetting().map_or(1, |second| second.saturating_sub(now).max(1));
        let refusal = if own > 0 {
            Refusal::new(Reason::RateLimited, "too many requests of this account are remembered")
        } else {
            Refusal::new(Reason::Overloaded, "too many requests are remembered")
        };
        Err(refusal.with_retry_after(Duration::from_secs(wait)))
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Nothing panics between two related changes, so a poisoned memory is still whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, ChainId};

    use super::*;

    fn account(number: u64) -> AccountId {
        let mut address = [7; 20];
        address[..8].copy_from_slice(&number.to_be_bytes());
        AccountId::new(ChainId::new(1), Address::new(address))
    }

    #[test]
    fn a_million_accounts_take_no_more_room_than_there_is() {
        let limits = ReplayLimits::default();
        let memory = Memory::new(limits, 120);
        let nonce = Nonce::from_number(1);
        let honest = account(u64::MAX);
        memory.remember(honest, &nonce, 100, 50).unwrap();
        for number in 0..1_000_000 {
            let outcome = memory.remember(account(number), &nonce, 100, 50);
            let has_room = number + 1 < limits.principals as u64;
            assert_eq!(
                outcome.err().map(|refusal| refusal.reason()),
                (!has_room).then_some(Reason::Overloaded)
            );
        }
        assert_eq!(memory.len(), limits.principals);
        // Who was there before the flood goes on.
        assert!(memory.remember(honest, &Nonce::from_number(2), 100, 50).is_ok());
    }
}
