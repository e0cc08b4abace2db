//! The rules of the network's documents, in integer arithmetic.
//!
//! Fractions have 18 decimals and are rounded down, with three exact exceptions: the majority,
//! which is counted in wei; the sums behind ranks, which are divided once; and payments, which
//! leave no remainder.

use ruint::aliases::U256;

use super::payout::{divide, for_judging};
use super::table::{Row, Table, named, spread, transposed};
use super::{EpochInput, EpochOutcome, EpochParameters, LiquidAlpha, NodeOutcome};
use crate::stakework::Decimal;
use crate::stakework::decimal::UNITS_PER_ONE;
use crate::stakework::power::{power, sigmoid};
use crate::stakework::wide::multiply_divide;
use crate::{Address, Amount};

pub(super) fn run(input: &EpochInput, emission: u128, table: &Table) -> EpochOutcome {
    let electorate = Electorate::of(input, table);
    let consensus = electorate.consensus(input.parameters.kappa);
    let ballots = electorate.count(&input.parameters, &consensus, table);
    let ranks = parts_of_sum(&ballots.ranks);
    let works = incentives(&ranks, input.parameters.rho, &electorate.is_active);
    let accounts: Vec<Address> = input.nodes.iter().map(|node| node.account).collect();

    let is_judging_paid = ballots.dividends.iter().any(|dividend| *dividend > 0);
    let is_work_paid = works.iter().any(|work| *work > 0);
    let for_judging = if is_judging_paid { for_judging(emission, is_work_paid) } else { 0 };
    let incentives = divide(emission - for_judging, &works, &accounts);
    let dividends = divide(for_judging, &ballots.dividends, &accounts);
    let incentive_shares = parts_of_sum(&works);
    let dividend_shares = parts_of_sum(&ballots.dividends);
    let nodes = (0..accounts.len()).map(|node| {
        let payment = Amount::from_wei(incentives[node] + dividends[node]);
        NodeOutcome {
            account: accounts[node],
            is_active: electorate.is_active[node],
            consensus: consensus[node],
            rank: ranks[node],
            trust: ballots.trusts[node],
            validator_trust: ballots.validator_trusts[node],
            incentive_share: incentive_shares[node],
            dividend_share: dividend_shares[node],
            incentive: Amount::from_wei(incentives[node]),
            dividend: Amount::from_wei(dividends[node]),
            emission: payment,
            payment,
            bonds: named(&ballots.bonds[node], &accounts),
        }
    });
    EpochOutcome { nodes: nodes.collect() }
}

/// The active validators with stake, and their votes.
struct Electorate {
    is_active: Vec<bool>,
    voters: Vec<Voter>,
    /// The sum of the voters' [`Voter::votes`].
    votes: u128,
}

struct Voter {
    position: usize,
    /// Its stake, without the lowest bits if the sum of all stakes would not fit.
    votes: u128,
    /// Its fraction of the active stake.
    share: Decimal,
    /// Its weights. Their sum is 1, except for rounding, or 0.
    weights: Row,
}

/// The result of counting the votes.
struct Ballots {
    /// The sum of the products of stake fraction and weight for each node; in units of 10^-36.
    ranks: Vec<u128>,
    trusts: Vec<Decimal>,
    validator_trusts: Vec<Decimal>,
    /// The new bonds. A node that does not vote has none.
    bonds: Vec<Row>,
    /// The sum of the bonds for each node; in units of 10^-18.
    dividends: Vec<u128>,
}

impl Electorate {
    fn of(input: &EpochInput, table: &Table) -> Self {
        let cutoff = input.parameters.activity_cutoff;
        let is_active: Vec<_> = input
            .nodes
            .iter()
            .map(|node| input.block.saturating_sub(node.last_active) <= cutoff)
            .collect();
        let candidates: Vec<_> = (0..input.nodes.len())
            .filter(|position| is_active[*position] && input.nodes[*position].is_validator)
            .collect();
        let stakes: Vec<_> =
            candidates.iter().map(|position| input.nodes[*position].stake.as_integer()).collect();
        let stakes = within_bits(&stakes);
        let votes: u128 = stakes.iter().sum();
        let voters = candidates
            .into_iter()
            .zip(stakes)
            .filter(|(_, stake)| *stake > 0)
            .map(|(position, stake)| Voter {
                position,
                votes: stake,
                share: Decimal::from_ratio(stake, votes).unwrap_or_default(),
                weights: normalised(&table.weights[position]),
            })
            .collect();
        Self { is_active, voters, votes }
    }

    /// Returns the consensus weight of each node: the lowest weight for which voters with at least
    /// `kappa` of the stake gave that weight or less. It is the stake-weighted median if `kappa` is
    /// one half, and zero if the stake is zero.
    fn consensus(&self, kappa: Decimal) -> Vec<Decimal> {
        let rows = self.voters.iter().enumerate().map(|(voter, row)| (voter, &row.weights));
        let columns = transposed(rows, self.is_active.len());
        if self.voters.is_empty() {
            return vec![Decimal::ZERO; columns.len()];
        }
        let needed = self.majority(kappa);
        columns.into_iter().map(|column| self.agreed(column, needed)).collect()
    }

    /// Returns the smallest number of votes that is at least `kappa` of all votes.
    fn majority(&self, kappa: Decimal) -> u128 {
        let product = U256::from(self.votes) * U256::from(kappa.units());
        product.div_ceil(U256::from(UNITS_PER_ONE)).wrapping_to()
    }

    fn agreed(&self, mut column: Row, needed: u128) -> Decimal {
        column.retain(|(_, weight)| !weight.is_zero());
        column.sort_unstable_by_key(|(_, weight)| *weight);
        let for_it: u128 = column.iter().map(|(voter, _)| self.voters[*voter].votes).sum();
        // A voter without a weight for the node counts as zero, the lowest.
        let abstained = column.len() < self.voters.len();
        let mut reached = self.votes - for_it;
        if abstained && reached >= needed {
            return Decimal::ZERO;
        }
        for (voter, weight) in column {
            reached += self.voters[voter].votes;
            if reached >= needed {
                return weight;
            }
        }
        Decimal::ZERO
    }

    fn count(&self, parameters: &EpochParameters, consensus: &[Decimal], table: &Table) -> Ballots {
        let nodes = self.is_active.len();
        let mut ballots = Ballots {
            ranks: vec![0; nodes],
            trusts: vec![Decimal::ZERO; nodes],
            validator_trusts: vec![Decimal::ZERO; nodes],
            bonds: vec![Row::new(); nodes],
            dividends: vec![0; nodes],
        };
        if self.voters.is_empty() {
            // No votes were cast, so the previous bonds stay.
            ballots.bonds.clone_from(&table.bonds);
            return ballots;
        }
        let mut support = vec![Support::default(); nodes];
        let (mut weights, mut bonds) = (Vec::new(), Vec::new());
        for voter in &self.voters {
            spread(&voter.weights, &mut weights, nodes);
            spread(&table.bonds[voter.position], &mut bonds, nodes);
            let mut own = Support::default();
            for node in 0..nodes {
                let vote = Vote {
                    weight: weights[node],
                    agreed: consensus[node],
                    bond: bonds[node].min(Decimal::ONE),
                };
                let Some(counted) = vote.counted(parameters) else { continue };
                own.add(Decimal::ONE, &counted);
                support[node].add(voter.share, &counted);
                ballots.ranks[node] += voter.share.units() * counted.clipped.units();
                if !counted.bond.is_zero() {
                    ballots.bonds[voter.position].push((node, counted.bond));
                    ballots.dividends[voter.position] += counted.bond.units();
                }
            }
            ballots.validator_trusts[voter.position] = own.trust();
        }
        ballots.trusts = support.iter().map(Support::trust).collect();
        ballots
    }
}

/// The values of one voter for one node.
struct Vote {
    weight: Decimal,
    agreed: Decimal,
    bond: Decimal,
}

/// The result of counting a [`Vote`].
struct Counted {
    weight: Decimal,
    clipped: Decimal,
    bond: Decimal,
}

impl Vote {
    /// Counts the vote, or returns `None` if it has no effect: most of the table is empty, and
    /// liquid rates are expensive.
    fn counted(&self, parameters: &EpochParameters) -> Option<Counted> {
        let clipped = clip(self.weight, self.agreed, parameters.delta);
        if self.weight.is_zero() && clipped.is_zero() && self.bond.is_zero() {
            return None;
        }
        let bond = moved(self.bond, clipped, self.rate(parameters));
        Some(Counted { weight: self.weight, clipped, bond })
    }

    fn rate(&self, parameters: &EpochParameters) -> Decimal {
        match &parameters.liquid_alpha {
            None => parameters.bonds_moving_average,
            Some(liquid) => self.liquid_rate(liquid),
        }
    }

    /// Returns a rate between the bounds: the sigmoid of the excess of the weight over the
    /// consensus, or of the old bond over the weight.
    fn liquid_rate(&self, liquid: &LiquidAlpha) -> Decimal {
        const ONE_HALF: Decimal = Decimal::from_units(UNITS_PER_ONE / 2);
        const STEEPEST: Decimal = Decimal::from_integer(10);
        let distance = if self.weight < self.bond {
            self.bond.saturating_sub(self.weight)
        } else {
            self.weight.saturating_sub(self.agreed)
        };
        let is_below = distance < ONE_HALF;
        let from_half = distance.max(ONE_HALF).saturating_sub(distance.min(ONE_HALF));
        let size = liquid.steepness.saturating_mul(from_half).min(STEEPEST);
        let range = liquid.high.saturating_sub(liquid.low);
        liquid.low.saturating_add(sigmoid(is_below, size).saturating_mul(range))
    }
}

/// The votes by one voter or for one node, before and after clipping.
#[derive(Clone, Default)]
struct Support {
    given: u128,
    kept: u128,
}

impl Support {
    fn add(&mut self, share: Decimal, counted: &Counted) {
        self.given += share.units() * counted.weight.units();
        self.kept += share.units() * counted.weight.min(counted.clipped).units();
    }

    /// Returns the fraction that clipping left.
    fn trust(&self) -> Decimal {
        Decimal::from_ratio(self.kept, self.given).unwrap_or_default()
    }
}

/// Returns stakes whose sum fits into 128 bits: unchanged if possible, otherwise all shifted right
/// by as many bits as necessary.
fn within_bits(stakes: &[U256]) -> Vec<u128> {
    let largest = stakes.iter().map(|stake| stake.bit_len()).max().unwrap_or_default();
    let count_bits = stakes.len().next_power_of_two().ilog2() as usize;
    let excess = (largest + count_bits).saturating_sub(128);
    stakes.iter().map(|stake| (*stake >> excess).wrapping_to()).collect()
}

fn normalised(row: &Row) -> Row {
    let largest = row.iter().map(|(_, weight)| weight.units()).max().unwrap_or_default();
    let count_bits = row.len().next_power_of_two().ilog2();
    let excess = (128 - largest.leading_zeros() + count_bits).saturating_sub(128);
    let scaled = |weight: Decimal| weight.units() >> excess;
    let sum: u128 = row.iter().map(|(_, weight)| scaled(*weight)).sum();
    row.iter()
        .map(|(node, weight)| {
            let part = multiply_divide(scaled(*weight), UNITS_PER_ONE, sum).unwrap_or_default();
            (*node, Decimal::from_units(part))
        })
        .collect()
}

fn clip(weight: Decimal, agreed: Decimal, delta: Decimal) -> Decimal {
    weight.max(agreed.saturating_sub(delta)).min(agreed.saturating_add(delta))
}

fn moved(bond: Decimal, weight: Decimal, rate: Decimal) -> Decimal {
    let kept = bond.saturating_mul(Decimal::ONE.saturating_sub(rate));
    kept.saturating_add(weight.saturating_mul(rate))
}

/// Returns the ranks of active nodes raised to `rho`, in units of 10^-18.
fn incentives(ranks: &[Decimal], rho: Decimal, is_active: &[bool]) -> Vec<u128> {
    ranks
        .iter()
        .zip(is_active)
        .map(|(rank, is_active)| {
            let counts = *is_active && !rank.is_zero();
            if counts { power(*rank, rho).units() } else { 0 }
        })
        .collect()
}

fn parts_of_sum(numbers: &[u128]) -> Vec<Decimal> {
    let sum = numbers.iter().fold(U256::ZERO, |sum, number| sum + U256::from(*number));
    let part = |number: u128| {
        let product = U256::from(number) * U256::from(UNITS_PER_ONE);
        product.checked_div(sum).unwrap_or_default().wrapping_to()
    };
    numbers.iter().map(|number| Decimal::from_units(part(*number))).collect()
}
