//! The candidates: a list that is replaced as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use hetu_chain::{Address, Amount};

use super::endpoint_stats::EndpointStats;
use crate::Target;
use crate::random::stable_hash;

/// A miner that can be asked, and its statistics.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) target: Arc<Target>,
    /// The statistics, which a miner at the same place keeps in the next list.
    pub(super) stats: Arc<EndpointStats>,
    /// A hash of account and URL, equal in every process.
    pub(super) identity: u64,
}

/// The miners that can be asked. Immutable except for their statistics.
#[derive(Debug, Default)]
pub(super) struct CandidateList {
    pub(super) candidates: Box<[Candidate]>,
    /// The sum of the stake shares up to each place.
    pub(super) cumulative_stake: Box<[f64]>,
    places: HashMap<Address, usize>,
}

impl CandidateList {
    /// Keeps the statistics of miners that are in `before` with the same account and URL, and makes
    /// others by `newcomer`. Of several targets of one account the first counts.
    pub(super) fn following(
        before: &Self,
        targets: impl IntoIterator<Item = Target>,
        newcomer: impl Fn(Address) -> EndpointStats,
    ) -> Self {
        let (mut candidates, mut places) = (Vec::new(), HashMap::new());
        for target in targets {
            if places.contains_key(&target.address) {
                continue;
            }
            places.insert(target.address, candidates.len());
            let kept = before.get(&target).map(|known| Arc::clone(&known.stats));
            let stats = kept.unwrap_or_else(|| Arc::new(newcomer(target.address)));
            let identity =
                stable_hash(format!("{} {}", target.address, target.endpoint).as_bytes());
            candidates.push(Candidate { target: Arc::new(target), stats, identity });
        }
        let largest = candidates.iter().map(|candidate| candidate.target.stake).max();
        let largest = as_number(largest.unwrap_or_default());
        let mut sum = 0.0;
        let mut accumulate = |candidate: &Candidate| {
            let stake = as_number(candidate.target.stake);
            let share = if largest > 0.0 { stake / largest } else { 0.0 };
            candidate.stats.weight.set_stake_share(share);
            sum += share;
            sum
        };
        let cumulative_stake = candidates.iter().map(&mut accumulate).collect();
        Self { candidates: candidates.into(), cumulative_stake, places }
    }

    /// Returns the candidate of this very account and URL.
    pub(super) fn get(&self, target: &Target) -> Option<&Candidate> {
        let candidate = &self.candidates[*self.places.get(&target.address)?];
        (candidate.target.endpoint == target.endpoint).then_some(candidate)
    }
}

#[expect(clippy::cast_precision_loss, reason = "weights need no more than 53 bits")]
fn as_number(amount: Amount) -> f64 {
    amount.to_wei().unwrap_or(u128::MAX) as f64
}
