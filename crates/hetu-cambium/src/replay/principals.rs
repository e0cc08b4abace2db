//! Numbers of remembered signatures by account.

use std::collections::HashMap;

use crate::AccountId;

/// A short id of an account that has at least one remembered signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PrincipalSlot(u32);

/// The accounts with remembered signatures, in reusable slots, so that each signature is stored
/// with four bytes instead of a whole account.
#[derive(Debug, Default)]
pub(super) struct Principals {
    by_account: HashMap<AccountId, PrincipalSlot>,
    slots: Vec<(AccountId, u32)>,
    free: Vec<PrincipalSlot>,
}

impl Principals {
    /// Returns the number of remembered signatures of `account`.
    pub(super) fn count(&self, account: &AccountId) -> u32 {
        self.by_account.get(account).map_or(0, |slot| self.slots[slot.0 as usize].1)
    }

    /// Returns the number of accounts with a remembered signature.
    pub(super) fn len(&self) -> usize {
        self.by_account.len()
    }

    /// Counts one more signature of `account`.
    pub(super) fn add(&mut self, account: AccountId) -> PrincipalSlot {
        let slot = *self.by_account.entry(account).or_insert_with(|| {
            self.free.pop().unwrap_or_else(|| {
                self.slots.push((account, 0));
                // The number of accounts is bounded far below 2^32.
                PrincipalSlot((self.slots.len() - 1) as u32)
            })
        });
        let (owner, count) = &mut self.slots[slot.0 as usize];
        *owner = account;
        *count += 1;
        slot
    }

    /// Counts one signature less for the account in `slot`.
    pub(super) fn remove(&mut self, slot: PrincipalSlot) {
        let (account, count) = &mut self.slots[slot.0 as usize];
        *count -= 1;
        if *count == 0 {
            self.by_account.remove(account);
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, ChainId};

    use super::*;

    fn account(number: u8) -> AccountId {
        AccountId::new(ChainId::new(1), Address::new([number; 20]))
    }

    #[test]
    fn slots_are_reused_and_counts_stay_apart() {
        let mut principals = Principals::default();
        let first = principals.add(account(1));
        assert_eq!(principals.add(account(1)), first);
        let second = principals.add(account(2));
        assert_ne!(first, second);
        assert_eq!((principals.count(&account(1)), principals.count(&account(2))), (2, 1));

        principals.remove(second);
        assert_eq!((principals.count(&account(2)), principals.len()), (0, 1));
        assert_eq!(principals.add(account(3)), second);
        principals.remove(first);
        assert_eq!((principals.count(&account(1)), principals.count(&account(3))), (1, 1));
    }
}
