//! Cached account kinds.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::Address;

/// The kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountKind {
    Contract,
    /// The account has a key, or is unused.
    OwnKey,
}

/// A bounded table of account kinds with a limited lifetime.
///
/// The `lru` and `quick_cache` crates are not used: the age follows the caller's clock, and a new
/// dependency would replace only twenty lines.
#[derive(Debug)]
pub(super) struct AccountKinds {
    lifetime: Duration,
    capacity: usize,
    table: Mutex<KindTable>,
}

#[derive(Debug, Default)]
struct KindTable {
    /// The kind of each account, and the time at which it was read.
    known: HashMap<Address, (AccountKind, Duration)>,
    /// All known accounts, oldest first. The oldest one is removed first.
    order: VecDeque<Address>,
}

impl AccountKinds {
    pub(super) fn new(lifetime: Duration, capacity: usize) -> Self {
        Self { lifetime, capacity, table: Mutex::default() }
    }

    pub(super) fn get(&self, account: Address, now: Duration) -> Option<AccountKind> {
        let (kind, learned_at) = *self.table().known.get(&account)?;
        // After the clock was set back, the age is unknown.
        let age = now.checked_sub(learned_at)?;
        (age < self.lifetime).then_some(kind)
    }

    pub(super) fn learn(&self, account: Address, kind: AccountKind, now: Duration) {
        let mut table = self.table();
        if table.known.insert(account, (kind, now)).is_none() {
            table.order.push_back(account);
        }
        while table.order.len() > self.capacity {
            let Some(first) = table.order.pop_front() else { break };
            table.known.remove(&first);
        }
    }

    pub(super) fn forget(&self, account: Address) {
        let mut table = self.table();
        table.known.remove(&account);
        table.order.retain(|known| *known != account);
    }

    fn table(&self) -> MutexGuard<'_, KindTable> {
        self.table.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::AccountKind::{Contract, OwnKey};
    use super::*;

    const START: Duration = Duration::from_secs(1_700_000_000);

    fn account(number: u8) -> Address {
        Address::new([number; 20])
    }

    fn kinds(capacity: usize) -> AccountKinds {
        AccountKinds::new(Duration::from_secs(30), capacity)
    }

    #[test]
    fn what_was_learned_is_known_for_its_lifetime() {
        let kinds = kinds(8);
        kinds.learn(account(1), OwnKey, START);
        kinds.learn(account(2), Contract, START);
        let almost = START + Duration::from_millis(29_999);
        assert_eq!(kinds.get(account(1), almost), Some(OwnKey));
        assert_eq!(kinds.get(account(2), almost), Some(Contract));
        assert_eq!(kinds.get(account(3), almost), None);
        assert_eq!(kinds.get(account(1), START + Duration::from_secs(30)), None);

        kinds.learn(account(1), Contract, almost);
        assert_eq!(kinds.get(account(1), START + Duration::from_secs(30)), Some(Contract));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_live_longer() {
        let kinds = kinds(8);
        kinds.learn(account(1), OwnKey, START);
        assert_eq!(kinds.get(account(1), START - Duration::from_millis(1)), None);
        assert_eq!(kinds.get(account(1), START), Some(OwnKey));
    }

    #[test]
    fn the_first_to_come_is_the_first_to_go() {
        let kinds = kinds(2);
        for number in 1..=3 {
            kinds.learn(account(number), OwnKey, START);
        }
        let known = [1, 2, 3].map(|number| kinds.get(account(number), START).is_some());
        assert_eq!(known, [false, true, true]);
    }

    #[test]
    fn what_was_forgotten_is_learned_anew_and_takes_no_room() {
        let kinds = kinds(4);
        kinds.learn(account(2), OwnKey, START);
        for round in 0..100 {
            kinds.learn(account(1), Contract, START);
            assert_eq!(kinds.get(account(1), START), Some(Contract), "{round}");
            kinds.forget(account(1));
            assert_eq!(kinds.get(account(1), START), None, "{round}");
        }
        kinds.forget(account(3));
        assert_eq!(kinds.get(account(2), START), Some(OwnKey));
        let table = kinds.table();
        assert_eq!((table.order.len(), table.known.len()), (1, 1));
    }

    #[test]
    fn without_room_or_time_nothing_is_known() {
        let no_room = kinds(0);
        no_room.learn(account(1), OwnKey, START);
        assert_eq!(no_room.get(account(1), START), None);
        let no_time = AccountKinds::new(Duration::ZERO, 8);
        no_time.learn(account(1), OwnKey, START);
        assert_eq!(no_time.get(account(1), START), None);
    }
}
