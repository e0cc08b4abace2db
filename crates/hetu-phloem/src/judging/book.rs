//! A validator's scores of miners, over many rounds.

use std::collections::BTreeMap;

use hetu_chain::Address;
use serde::{Deserialize, Serialize};

use super::{HalfLife, Score};

/// The average of one miner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScoreEntry {
    /// The block in which the miner registered. A new registration starts a new average.
    pub registered_at: u64,
    /// The moving average.
    pub average: Score,
    /// The number of scores in the average.
    pub observations: u64,
}

/// The current score of a miner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinerScore {
    /// The miner.
    pub miner: Address,
    /// The block in which it registered.
    pub registered_at: u64,
    /// The score.
    pub score: Score,
}

/// Moving averages of the miners of one subnet, each for one registration.
///
/// The number of entries is bounded by the size of the subnet:
/// [`keep_registered`](Self::keep_registered) removes miners that are no longer registered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreBook {
    half_life: HalfLife,
    standings: BTreeMap<Address, ScoreEntry>,
}

impl ScoreBook {
    /// Returns an empty book.
    pub const fn new(half_life: HalfLife) -> Self {
        Self { half_life, standings: BTreeMap::new() }
    }

    /// Returns a book with existing entries.
    pub(super) fn with_standings(
        half_life: HalfLife,
        standings: BTreeMap<Address, ScoreEntry>,
    ) -> Self {
        Self { half_life, standings }
    }

    /// Adds a score to the average of the miner that registered in block `registered_at`, and
    /// returns the average.
    pub fn observe(&mut self, miner: Address, registered_at: u64, score: Score) -> Score {
        let new = ScoreEntry { registered_at, average: Score::ZERO, observations: 0 };
        let standing = self.standings.entry(miner).or_insert(new);
        if standing.registered_at != registered_at {
            *standing = new;
        }
        standing.average = self.half_life.moved(standing.average, score);
        standing.observations = standing.observations.saturating_add(1);
        standing.average
    }

    /// Removes all miners with another registration than the one that `registered_at` returns.
    pub fn keep_registered(&mut self, registered_at: impl Fn(Address) -> Option<u64>) {
        self.standings
            .retain(|&miner, standing| registered_at(miner) == Some(standing.registered_at));
    }

    /// Returns the entry of `miner` for its registration in block `registered_at`.
    pub fn of(&self, miner: Address, registered_at: u64) -> Option<ScoreEntry> {
        let standing = self.standings.get(&miner).copied();
        standing.filter(|standing| standing.registered_at == registered_at)
    }

    /// Returns all entries, by address.
    pub fn standings(&self) -> impl Iterator<Item = (Address, ScoreEntry)> {
        self.standings.iter().map(|(&miner, &standing)| (miner, standing))
    }

    /// Returns the current score of every miner, by address.
    pub fn scores(&self) -> Vec<MinerScore> {
        self.standings()
            .map(|(miner, ScoreEntry { registered_at, average, .. })| MinerScore {
                miner,
                registered_at,
                score: average,
            })
            .collect()
    }

    /// Returns the number of known miners.
    pub fn len(&self) -> usize {
        self.standings.len()
    }

    /// Returns `true` if no miner is known.
    pub fn is_empty(&self) -> bool {
        self.standings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINER: Address = Address::new([1; 20]);
    const OTHER: Address = Address::new([2; 20]);

    #[test]
    fn who_registers_anew_begins_anew() {
        let mut book = ScoreBook::default();
        let first = book.observe(MINER, 10, Score::ONE);
        let second = book.observe(MINER, 10, Score::ONE);
        assert!(second > first);
        assert_eq!(book.observe(MINER, 20, Score::ONE), first);
        assert_eq!(book.of(MINER, 20).unwrap().observations, 1);
        assert_eq!(book.of(MINER, 10), None);
    }

    #[test]
    fn who_left_is_forgotten() {
        let mut book = ScoreBook::default();
        book.observe(MINER, 10, Score::ONE);
        book.observe(OTHER, 10, Score::ONE);
        book.keep_registered(|miner| (miner == MINER).then_some(10));
        assert_eq!(book.scores().iter().map(|score| score.miner).collect::<Vec<_>>(), [MINER]);
        book.keep_registered(|_| Some(11));
        assert!(book.is_empty());
    }
}
