//! Random numbers that a seed determines, drawn without a lock.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A SplitMix64 generator (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
/// 2014): a counter and a mixer, so that threads share it by one addition. Not for secrets.
#[derive(Debug)]
pub(crate) struct SeededRandom(AtomicU64);

impl SeededRandom {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Returns a generator with another seed in each process.
    pub(crate) fn unpredictable() -> Self {
        Self::seeded(RandomState::new().hash_one(0_u8))
    }

    pub(crate) fn next(&self) -> u64 {
        mix(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }

    /// Returns a uniform number from 0 to `count - 1`, or 0 if `count` is 0.
    pub(crate) fn below(&self, count: usize) -> usize {
        below(self.next(), count)
    }

    /// Returns a number from 0 to below 1.
    pub(crate) fn share(&self) -> f64 {
        share(self.next())
    }
}

/// Returns a number below `count`: the high half of the product, which is as good as a remainder
/// and needs no division.
#[expect(clippy::cast_possible_truncation, reason = "the product of a share and a count")]
pub(crate) const fn below(random: u64, count: usize) -> usize {
    ((random as u128 * count as u128) >> 64) as usize
}

#[expect(clippy::cast_precision_loss, reason = "the upper 53 bits are a share exactly")]
pub(crate) const fn share(random: u64) -> f64 {
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

pub(crate) const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Returns the mixed FNV-1a hash (draft-eastlake-fnv), equal in every process and release.
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_what_is_drawn() {
        let draws = |seed| {
            let random = SeededRandom::seeded(seed);
            (0..100).map(|_| random.next()).collect::<Vec<_>>()
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        // The first number of the reference implementation for the seed 1234567.
        assert_eq!(SeededRandom::seeded(1_234_567).next(), 6_457_827_717_110_365_317);
    }

    #[test]
    fn every_place_is_drawn_as_often() {
        let random = SeededRandom::seeded(1);
        let mut counts = [0_u32; 5];
        (0..50_000).for_each(|_| counts[random.below(5)] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
        assert_eq!(random.below(0), 0);
        assert!((0..1_000).all(|_| (0.0..1.0).contains(&random.share())));
    }
}
