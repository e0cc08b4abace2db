//! An index of dendrons by rank, which is rebuilt after changes and only read by callers.

use std::cmp::Ordering;
use std::sync::Arc;

use hetu_chain::Amount;
use hetu_chain::model::Role;

use crate::quality::PeerStatsTable;
use crate::{Member, View};

/// The latency that counts half as much as an immediate reply.
const MIDDLING_LATENCY_SECONDS: f64 = 0.2;
/// The value of the latency part while the latency is not known.
const UNKNOWN_LATENCY: f64 = 0.5;

/// The criterion of a ranking. At equal values, the lower address comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RankBy {
    /// The stake that is allocated to the subnet.
    Stake,
    /// The reputation from 0 to 1, which outcomes change and which decays with time.
    Reputation,
    /// The blended score, see [`BlendWeights`].
    Score,
}

/// The weights of the parts of the blended score, which is their weighted mean.
///
/// | part | from 0 to 1 | weight |
/// |---|---|---|
/// | stake | stake / largest stake of the role | 0.4 |
/// | reputation | as in [`RankBy::Reputation`] | 0.4 |
/// | latency | 0.2 s / (0.2 s + latency); 1/2 if it is not known | 0.2 |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlendWeights {
    /// The weight of the stake.
    pub stake: f64,
    /// The weight of the reputation.
    pub reputation: f64,
    /// The weight of the latency.
    pub latency: f64,
}

impl Default for BlendWeights {
    fn default() -> Self {
        Self { stake: 0.4, reputation: 0.4, latency: 0.2 }
    }
}

impl BlendWeights {
    /// Returns the weighted mean of `parts`. Weights that are negative or not a number count as
    /// zero.
    fn score(&self, parts: [f64; 3]) -> f64 {
        let weights = [self.stake, self.reputation, self.latency];
        let weights = weights.map(|weight| if weight.is_finite() { weight.max(0.0) } else { 0.0 });
        let all: f64 = weights.iter().sum();
        let sum: f64 = weights.iter().zip(parts).map(|(weight, part)| weight * part).sum();
        if all > 0.0 { sum / all } else { 0.0 }
    }
}

/// A member and its score.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ranked {
    /// The member.
    pub member: Arc<Member>,
    /// The score by the criterion of the ranking, from 0 to 1. For stake it is the share of the
    /// largest one.
    pub score: f64,
}

/// The active dendrons of a subnet by rank. Immutable.
#[derive(Clone, Debug)]
pub struct Ranking {
    view: Arc<View>,
    miners: RoleRanking,
    validators: RoleRanking,
}

#[derive(Clone, Debug)]
struct RoleRanking {
    by_stake: Vec<Ranked>,
    by_reputation: Vec<Ranked>,
    by_score: Vec<Ranked>,
}

impl Ranking {
    pub(crate) fn new(view: Arc<View>, qualities: &PeerStatsTable, weights: BlendWeights) -> Self {
        let lists = |role| RoleRanking::new(&view, role, qualities, weights);
        let (miners, validators) = (lists(Role::Miner), lists(Role::Validator));
        Self { view, miners, validators }
    }

    /// Returns the view of the ranked members.
    pub const fn view(&self) -> &Arc<View> {
        &self.view
    }

    /// Returns the best `count` active dendrons of `role`, or all if there are fewer.
    pub fn top(&self, role: Role, by: RankBy, count: usize) -> &[Ranked] {
        let lists = if role == Role::Validator { &self.validators } else { &self.miners };
        let list = match by {
            RankBy::Stake => &lists.by_stake,
            RankBy::Reputation => &lists.by_reputation,
            RankBy::Score => &lists.by_score,
        };
        &list[..count.min(list.len())]
    }
}

impl RoleRanking {
    fn new(view: &View, role: Role, qualities: &PeerStatsTable, weights: BlendWeights) -> Self {
        let largest = view.active(role).map(|member| member.dendron.stake).max();
        let largest = largest.map_or(0.0, as_number);
        let mut lists =
            Self { by_stake: Vec::new(), by_reputation: Vec::new(), by_score: Vec::new() };
        for member in view.active(role) {
            let quality = qualities.of(member.address());
            let stake = match largest > 0.0 {
                true => (as_number(member.dendron.stake) / largest).clamp(0.0, 1.0),
                false => 0.0,
            };
            let reputation = quality.map_or(0.5, |quality| f64::from(quality.reputation));
            let latency =
                quality.and_then(|quality| quality.latency).map_or(UNKNOWN_LATENCY, |latency| {
                    MIDDLING_LATENCY_SECONDS / (MIDDLING_LATENCY_SECONDS + latency.as_secs_f64())
                });
            let ranked = |score| Ranked { member: Arc::clone(member), score };
            lists.by_stake.push(ranked(stake));
            lists.by_reputation.push(ranked(reputation));
            lists.by_score.push(ranked(weights.score([stake, reputation, latency])));
        }
        // The members are already sorted by stake.
        lists.by_reputation.sort_unstable_by(compare);
        lists.by_score.sort_unstable_by(compare);
        lists
    }
}

fn compare(one: &Ranked, other: &Ranked) -> Ordering {
    let by_score = other.score.total_cmp(&one.score);
    by_score.then_with(|| one.member.address().cmp(&other.member.address()))
}

/// Returns the first 53 bits of an amount, which are enough to rank any issued number of wei.
#[expect(clippy::cast_precision_loss, reason = "scores need no more")]
fn as_number(amount: Amount) -> f64 {
    amount.to_wei().unwrap_or(u128::MAX) as f64
}
