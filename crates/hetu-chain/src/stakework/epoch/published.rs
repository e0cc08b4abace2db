//! The rules of the published chain, in the floats and the order of operations of its nodes.
//!
//! Sums, products and quotients of binary64 are the same on every machine; powers are calculated
//! from integers. The chain keeps floats between epochs (bonds), this crate keeps 18 decimals.

use super::payout::{divide, for_judging};
use super::table::{Row, Table, named, spread, transposed};
use super::{EpochInput, EpochOutcome, EpochParameters, NodeOutcome};
use crate::stakework::Decimal;
use crate::stakework::power::power_of_share;
use crate::{Address, Amount};

pub(super) fn run(input: &EpochInput, emission: u128, table: &Table) -> EpochOutcome {
    let numbers = Numbers::of(&input.parameters);
    let stakes = stake_shares(input);
    let consensus = consensus(table, &stakes, numbers.kappa);
    let votes = Votes::count(&numbers, table, &stakes, &consensus);
    let ranks = normalised(&votes.ranks);
    let powers: Vec<_> = ranks.iter().map(|rank| numbers.incentive(*rank)).collect();
    // Normalised twice, as on the chain: over all nodes and over the active ones, which are all.
    let incentive_shares = decimals(&normalised(&normalised(&powers)));
    let dividend_shares = decimals(&normalised(&votes.dividends));

    let emission_amount = Amount::from_wei(emission);
    let of_emission = |share: &Decimal| share.of(emission_amount).to_wei().unwrap_or(u128::MAX);
    let incentives: Vec<_> = incentive_shares.iter().map(of_emission).collect();
    let dividends: Vec<_> = dividend_shares.iter().map(of_emission).collect();
    let accounts: Vec<Address> = input.nodes.iter().map(|node| node.account).collect();
    let is_work_paid = incentives.iter().any(|incentive| *incentive > 0);
    let for_judging = divide(for_judging(emission, is_work_paid), &dividends, &accounts);
    let nodes = (0..accounts.len()).map(|node| NodeOutcome {
        account: accounts[node],
        is_active: true,
        consensus: decimal(consensus[node]),
        rank: decimal(ranks[node]),
        trust: decimal(ratio(votes.kept[node], votes.given[node])),
        validator_trust: decimal(votes.validator_trusts[node]),
        incentive_share: incentive_shares[node],
        dividend_share: dividend_shares[node],
        incentive: Amount::from_wei(incentives[node]),
        dividend: Amount::from_wei(dividends[node]),
        emission: incentive_shares[node].saturating_add(dividend_shares[node]).of(emission_amount),
        payment: Amount::from_wei(incentives[node])
            .saturating_add(Amount::from_wei(for_judging[node])),
        bonds: named(&votes.bonds[node], &accounts),
    });
    EpochOutcome { nodes: nodes.collect() }
}

/// The parameters as floats.
struct Numbers {
    kappa: f64,
    delta: f64,
    rho: f64,
    bonds_moving_average: f64,
    liquid: Option<Liquid>,
}

struct Liquid {
    low: f64,
    high: f64,
    steepness: f64,
}

impl Numbers {
    fn of(parameters: &EpochParameters) -> Self {
        Self {
            kappa: parameters.kappa.into(),
            delta: parameters.delta.into(),
            rho: parameters.rho.into(),
            bonds_moving_average: parameters.bonds_moving_average.into(),
            liquid: parameters.liquid_alpha.map(|liquid| Liquid {
                low: liquid.low.into(),
                high: liquid.high.into(),
                steepness: liquid.steepness.into(),
            }),
        }
    }

    fn clip(&self, weight: f64, agreed: f64) -> f64 {
        weight.max(agreed - self.delta).min(agreed + self.delta)
    }

    fn bond(&self, bond: f64, weight: f64, agreed: f64) -> f64 {
        let rate = match &self.liquid {
            None => self.bonds_moving_average,
            Some(liquid) => liquid.rate(weight, agreed, bond),
        };
        (1.0 - rate) * bond + rate * self.clip(weight, agreed)
    }

    fn incentive(&self, rank: f64) -> f64 {
        if rank <= 0.0 {
            return rank;
        }
        if self.rho == 0.5 {
            return square_root(rank);
        }
        if self.rho == 1.0 {
            return rank;
        }
        if self.rho == 0.0 {
            return 1.0;
        }
        power_of_share(rank.min(1.0), self.rho)
    }
}

impl Liquid {
    fn rate(&self, weight: f64, agreed: f64, bond: f64) -> f64 {
        let distance = if weight < bond { bond - weight } else { weight - agreed };
        let at = (self.steepness * (distance.clamp(0.0, 1.0) - 0.5)).clamp(-10.0, 10.0);
        let sigmoid = match at {
            at if at < -2.0 => 0.1,
            at if at > 2.0 => 0.9,
            at => 0.5 + 0.2 * at,
        };
        (self.low + sigmoid * (self.high - self.low)).clamp(self.low, self.high)
    }
}

/// Returns the result of ten Newton steps, as the chain's nodes do, which are not always enough.
fn square_root(number: f64) -> f64 {
    if number == 1.0 {
        return number;
    }
    (0..10).fold(number / 2.0, |root, _| root - (root * root - number) / (2.0 * root))
}

fn stake_shares(input: &EpochInput) -> Vec<f64> {
    // Parsing a text rounds once, whatever its number of digits.
    let stakes: Vec<f64> = input
        .nodes
        .iter()
        .map(|node| node.stake.to_wei_string().parse().unwrap_or_default())
        .collect();
    let total: f64 = stakes.iter().sum();
    stakes.iter().map(|stake| ratio(*stake, total)).collect()
}

/// Returns, for each node, the lowest weight for which `kappa` of the stake gave it that or less.
fn consensus(table: &Table, stakes: &[f64], kappa: f64) -> Vec<f64> {
    let columns = transposed(table.weights.iter().enumerate(), stakes.len());
    columns.iter().map(|column| agreed(column, stakes, kappa)).collect()
}

fn agreed(column: &Row, stakes: &[f64], kappa: f64) -> f64 {
    let mut votes: Vec<_> = stakes.iter().map(|stake| (0.0, *stake)).collect();
    for (voter, weight) in column {
        votes[*voter].0 = f64::from(*weight);
    }
    votes.sort_by(|left: &(f64, f64), right| left.0.total_cmp(&right.0));
    let total: f64 = votes.iter().map(|(_, stake)| stake).sum();
    let mut reached = 0.0;
    for (weight, stake) in votes {
        reached += stake;
        if reached >= kappa * total {
            return weight;
        }
    }
    0.0
}

/// The result of counting, by node.
struct Votes {
    ranks: Vec<f64>,
    dividends: Vec<f64>,
    given: Vec<f64>,
    kept: Vec<f64>,
    validator_trusts: Vec<f64>,
    bonds: Vec<Row>,
}

impl Votes {
    fn count(numbers: &Numbers, table: &Table, stakes: &[f64], consensus: &[f64]) -> Self {
        let nodes = stakes.len();
        let zeros = || vec![0.0; nodes];
        let mut votes = Self {
            ranks: zeros(),
            dividends: zeros(),
            given: zeros(),
            kept: zeros(),
            validator_trusts: zeros(),
            bonds: vec![Row::new(); nodes],
        };
        // An empty row matters only if clipping raises zero to a larger value.
        let raises = consensus.iter().any(|agreed| *agreed > numbers.delta);
        let (mut weights, mut bonds) = (Vec::new(), Vec::new());
        for (voter, stake) in stakes.iter().enumerate() {
            if !raises && table.weights[voter].is_empty() && table.bonds[voter].is_empty() {
                continue;
            }
            spread(&table.weights[voter], &mut weights, nodes);
            spread(&table.bonds[voter], &mut bonds, nodes);
            let (mut given, mut kept) = (0.0, 0.0);
            for node in 0..nodes {
                let (weight, agreed) = (f64::from(weights[node]), consensus[node]);
                let clipped = numbers.clip(weight, agreed);
                let left = weight.min(clipped);
                given += weight;
                kept += left;
                votes.given[node] += weight * stake;
                votes.kept[node] += left * stake;
                votes.ranks[node] += clipped * stake;
                let bond = numbers.bond(f64::from(bonds[node]), weight, agreed);
                votes.dividends[node] += bond;
                if bond > 0.0 {
                    votes.bonds[voter].push((node, decimal(bond)));
                }
            }
            votes.validator_trusts[voter] = ratio(kept, given);
        }
        votes
    }
}

/// Returns the fractions of the sum, or the numbers unchanged if the sum is zero.
fn normalised(numbers: &[f64]) -> Vec<f64> {
    let sum: f64 = numbers.iter().sum();
    numbers.iter().map(|number| if sum > 0.0 { number / sum } else { *number }).collect()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn decimals(numbers: &[f64]) -> Vec<Decimal> {
    numbers.iter().copied().map(decimal).collect()
}

/// Rounds to the nearest of 18 decimals, as the chain's nodes write fractions.
fn decimal(number: f64) -> Decimal {
    format!("{number:.18}").parse().unwrap_or(Decimal::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_steps_of_newton_are_those_of_the_chain() {
        assert_eq!(square_root(1.0), 1.0);
        assert_eq!(square_root(0.25), 0.5);
        // After ten steps from such a distance the root is still wrong, as on the chain.
        assert!(square_root(1e-12) > 1e-4);
    }

    #[test]
    fn the_sigmoid_is_a_line_between_two_steps() {
        let liquid = Liquid { low: 0.1, high: 0.9, steepness: 10.0 };
        assert_eq!(liquid.rate(0.0, 0.0, 0.0), 0.1 + 0.1 * 0.8);
        assert_eq!(liquid.rate(0.5, 0.0, 0.0), 0.1 + 0.5 * 0.8);
        assert_eq!(liquid.rate(0.0, 0.0, 1.0), 0.1 + 0.9 * 0.8);
    }
}
