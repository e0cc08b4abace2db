//! The memory of used signatures inside the process, bounded and shared by all threads.

use std::time::Duration;

use parking_lot::Mutex;

use super::limits::ReplayLimits;
use super::seen::{SeenUses, UseKey};
use crate::{AccountId, Nonce, Reason, Refusal, RegisteredAccounts};

#[derive(Debug)]
pub(super) struct ReplayMemory {
    limits: ReplayLimits,
    registered: RegisteredAccounts,
    seen: Mutex<SeenUses>,
}

impl ReplayMemory {
    pub(super) fn new(limits: ReplayLimits, retention_seconds: u64) -> Self {
        let registered = RegisteredAccounts::default();
        Self { limits, registered, seen: Mutex::new(SeenUses::new(retention_seconds)) }
    }

    /// Reserves half of the memory for these accounts.
    pub(super) fn reserve_for(&mut self, accounts: RegisteredAccounts) {
        self.registered = accounts;
    }

    pub(super) fn len(&self) -> usize {
        self.seen.lock().len()
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
        // The share is computed before the lock is taken, because all requests wait for the lock.
        let limits = ReplayLimits {
            capacity: self.registered.share(&account, self.limits.capacity),
            principals: self.registered.share(&account, self.limits.principals),
            ..self.limits
        };
        let mut seen = self.seen.lock();
        seen.forget_before(now);
        if seen.is_forgotten(last_second) {
            return Err(Refusal::new(Reason::RequestExpired, "expires lies in the past"));
        }
        if seen.contains(&key) {
            return Err(Refusal::new(Reason::NonceReused, "the nonce was used before"));
        }
        admit(limits, &seen, &account, now)?;
        seen.insert(key, account, last_second);
        Ok(())
    }
}

fn admit(
    limits: ReplayLimits,
    seen: &SeenUses,
    account: &AccountId,
    now: u64,
) -> Result<(), Refusal> {
    let free = limits.capacity.saturating_sub(seen.len());
    let own = seen.principals.count(account) as usize;
    let has_slot = own > 0 || seen.principals.len() < limits.principals;
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
        let memory = ReplayMemory::new(limits, 120);
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
        // An account that called before the flood can still call.
        assert!(memory.remember(honest, &Nonce::from_number(2), 100, 50).is_ok());
    }

    /// Floods the memory with temporary keys with one valid request each, while all accounts that
    /// sign are served.
    #[test]
    fn registered_account_is_remembered_after_a_flood_of_others() {
        let limits = ReplayLimits::default().with_principals(1_000).with_capacity(10_000);
        let mut memory = ReplayMemory::new(limits, 120);
        let registered = account(u64::MAX);
        memory.reserve_for(RegisteredAccounts::new(move |account| *account == registered));
        let nonce = Nonce::from_number(1);
        let flood = (0..10_000).map(|number| memory.remember(account(number), &nonce, 100, 50));
        assert_eq!(flood.filter(Result::is_ok).count(), 500);
        for number in 0..1_000 {
            let nonce = Nonce::from_number(number);
            assert!(memory.remember(registered, &nonce, 100, 50).is_ok(), "{number}");
        }
    }

    #[test]
    fn registered_account_is_remembered_after_a_flood_by_one_other() {
        let mut memory = ReplayMemory::new(ReplayLimits::default().with_capacity(1_000), 120);
        let registered = account(u64::MAX);
        memory.reserve_for(RegisteredAccounts::new(move |account| *account == registered));
        for number in 0..2_000 {
            let _ = memory.remember(account(number % 3), &Nonce::from_number(number), 100, 50);
        }
        assert!(memory.len() <= 500);
        for number in 0..250 {
            let nonce = Nonce::from_number(number);
            assert!(memory.remember(registered, &nonce, 100, 50).is_ok(), "{number}");
        }
    }
}
