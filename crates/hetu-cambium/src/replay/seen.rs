//! The used signatures, in buckets by the time at which they can be forgotten.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest, Sha256};

use super::principals::{PrincipalSlot, Principals};
use crate::AccountId;

/// Number of buckets of the retention. Each lookup reads every bucket, and a signature is kept for
/// up to one bucket longer than needed.
const BUCKETS: u64 = 8;

/// Account and nonce, hashed to 128 bits.
///
/// Only the holder of an account's key can submit nonces of that account. A collision, at the cost
/// of 2^64 hashes, can therefore only make the holder's own request fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct UseKey([u8; 16]);

impl UseKey {
    pub(super) fn new(account: &AccountId, nonce: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(account.chain.get().to_be_bytes());
        hasher.update(account.address.as_bytes());
        hasher.update(nonce);
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize()[..16]);
        Self(key)
    }
}

#[derive(Debug)]
struct ExpiryBucket {
    /// Number of the bucket: its last second, divided by the width.
    number: u64,
    uses: HashMap<UseKey, PrincipalSlot>,
}

/// The used signatures that can still be accepted.
///
/// A cache crate is not used, because it evicts entries when it is full, and an evicted signature
/// could be replayed. The caller supplies the time, and whole buckets expire together.
#[derive(Debug)]
pub(super) struct SeenUses {
    /// Seconds that one bucket spans.
    width: u64,
    buckets: VecDeque<ExpiryBucket>,
    pub(super) principals: Principals,
    length: usize,
    /// The number of the last bucket that was forgotten. Signatures of that bucket or an earlier
    /// one are refused.
    forgotten: Option<u64>,
}

impl SeenUses {
    pub(super) fn new(retention_seconds: u64) -> Self {
        Self {
            width: (retention_seconds / BUCKETS).max(1),
            buckets: VecDeque::new(),
            principals: Principals::default(),
            length: 0,
            forgotten: None,
        }
    }

    /// Returns the number of remembered signatures.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Forgets every signature that is no longer acceptable at `now`.
    pub(super) fn forget_before(&mut self, now: u64) {
        // A signature is still valid in its last second, so a bucket is kept until that second is
        // over.
        let Some(past) = (now / self.width).checked_sub(1) else {
            return;
        };
        while let Some(bucket) = self.buckets.pop_front_if(|bucket| bucket.number <= past) {
            self.length -= bucket.uses.len();
            for slot in bucket.uses.into_values() {
                self.principals.remove(slot);
            }
        }
        self.forgotten = self.forgotten.max(Some(past));
    }

    /// Returns `true` if signatures that are acceptable until `last_second` may already be
    /// forgotten, which happens when the clock is set back.
    pub(super) fn is_forgotten(&self, last_second: u64) -> bool {
        self.forgotten.is_some_and(|forgotten| last_second / self.width <= forgotten)
    }

    pub(super) fn contains(&self, key: &UseKey) -> bool {
        self.buckets.iter().any(|bucket| bucket.uses.contains_key(key))
    }

    pub(super) fn insert(&mut self, key: UseKey, account: AccountId, last_second: u64) {
        let number = last_second / self.width;
        let position = self.buckets.partition_point(|bucket| bucket.number < number);
        if self.buckets.get(position).is_none_or(|bucket| bucket.number != number) {
            self.buckets.insert(position, ExpiryBucket { number, uses: HashMap::new() });
        }
        let slot = self.principals.add(account);
        self.buckets[position].uses.insert(key, slot);
        self.length += 1;
    }

    /// Returns the second in which the oldest bucket is forgotten.
    pub(super) fn next_forgetting(&self) -> Option<u64> {
        self.buckets.front().map(|bucket| (bucket.number + 1).saturating_mul(self.width))
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
    fn a_use_is_remembered_through_its_last_second_and_then_forgotten() {
        let mut seen = SeenUses::new(80);
        for last_second in [100, 105, 109, 110, 170] {
            let key = UseKey::new(&account(1), &last_second.to_string());
            seen.insert(key, account(1), last_second);
        }
        seen.forget_before(109);
        assert_eq!(seen.len(), 5);
        seen.forget_before(110);
        assert_eq!((seen.len(), seen.principals.count(&account(1))), (2, 2));
        assert!(seen.contains(&UseKey::new(&account(1), "110")));
        assert!(!seen.contains(&UseKey::new(&account(1), "109")));
        assert!(seen.is_forgotten(109) && !seen.is_forgotten(110));
        seen.forget_before(1_000);
        assert_eq!((seen.len(), seen.principals.len(), seen.next_forgetting()), (0, 0, None));
    }

    #[test]
    fn what_is_forgotten_stays_so_when_the_clock_is_set_back() {
        let mut seen = SeenUses::new(80);
        seen.forget_before(200);
        seen.forget_before(100);
        assert!(seen.is_forgotten(150));
    }

    #[test]
    fn keys_differ_by_account_and_nonce() {
        let key = UseKey::new(&account(1), "a");
        assert_ne!(key, UseKey::new(&account(2), "a"));
        assert_ne!(key, UseKey::new(&account(1), "b"));
        let elsewhere = AccountId::new(ChainId::new(2), Address::new([1; 20]));
        assert_ne!(key, UseKey::new(&elsewhere, "a"));
    }
}
