//! The conversion of scores to weights that a subnet takes.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use hetu_chain::Address;
use hetu_chain::model::Weight;
use hetu_metastruct::View;

use crate::judging::MinerScore;

/// The sum of all weights of a row: the scale of the contracts of other networks too.
pub const FULL_WEIGHT: u32 = 65_535;

/// Returns the weights for `scores` in the subnet of `view`, by address, or an empty list if no
/// miner has a positive score.
///
/// Each miner gets a share of [`FULL_WEIGHT`] in proportion to its score, and the remainder of the
/// rounding goes to the miners that lost most by it. Only miners with the same registration as when
/// they were scored count, and of these the best, up to `max_weights_limit`. If the subnet requires
/// more entries (`min_allowed_weights`), others follow with weights of zero.
pub fn weights_of(scores: &[MinerScore], view: &View) -> Vec<Weight> {
    let is_registered = |score: &&MinerScore| {
        view.get(score.miner)
            .is_some_and(|member| member.dendron.registered_at == score.registered_at)
    };
    let known: Vec<_> = scores.iter().filter(is_registered).copied().collect();
    let rules = &view.hyperparameters;
    let mut row = shares(&known, usize::from(rules.max_weights_limit));
    if !row.is_empty() {
        let least = usize::from(rules.min_allowed_weights).min(view.len());
        let members = view.members().map(|member| member.address()).collect();
        fill_up(&mut row, least, &members);
    }
    row.sort_unstable_by_key(|entry| entry.dendron);
    row
}

/// Returns the shares of the best, at most `most` of them, without zero shares.
fn shares(scores: &[MinerScore], most: usize) -> Vec<Weight> {
    let mut best: Vec<_> = scores.iter().filter(|score| score.score.get() > 0.0).collect();
    best.sort_unstable_by_key(|score| (Reverse(score.score), score.miner));
    best.dedup_by_key(|score| score.miner);
    best.truncate(most);
    let total: f64 = best.iter().map(|score| score.score.get()).sum();
    let exact = |score: &MinerScore| score.score.get() / total * f64::from(FULL_WEIGHT);
    let mut entries: Vec<_> = best
        .into_iter()
        .map(|score| (score.miner, exact(score).floor(), exact(score).fract()))
        .collect();
    give_out_the_rest(&mut entries);
    let weight = |(dendron, weight, _)| Weight { dendron, weight: whole(weight) };
    entries.into_iter().map(weight).filter(|entry| entry.weight > 0).collect()
}

/// Adds one unit each to the miners that lost most by rounding down, until the sum is full.
fn give_out_the_rest(entries: &mut [(Address, f64, f64)]) {
    let given: f64 = entries.iter().map(|(_, weight, _)| weight).sum();
    let rest = whole(f64::from(FULL_WEIGHT) - given);
    entries.sort_by(|(one, _, lost), (other, _, lost_by_other)| {
        lost_by_other.total_cmp(lost).then(one.cmp(other))
    });
    for ((_, weight, _), _) in entries.iter_mut().zip(0..rest) {
        *weight += 1.0;
    }
}

/// Returns `number` as an integer. Negative numbers and NaN become zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate, and weights are small"
)]
fn whole(number: f64) -> u128 {
    number as u128
}

fn fill_up(row: &mut Vec<Weight>, least: usize, members: &BTreeSet<Address>) {
    let there: BTreeSet<_> = row.iter().map(|entry| entry.dendron).collect();
    let missing = least.saturating_sub(row.len());
    let others = members.difference(&there).take(missing);
    row.extend(others.map(|&dendron| Weight { dendron, weight: 0 }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judging::Score;

    fn scores(values: &[f64]) -> Vec<MinerScore> {
        let score = |(place, &value): (usize, &f64)| MinerScore {
            miner: Address::new([u8::try_from(place + 1).unwrap(); 20]),
            registered_at: 1,
            score: Score::new(value).unwrap(),
        };
        values.iter().enumerate().map(score).collect()
    }

    fn numbers(row: &[Weight]) -> Vec<(u8, u128)> {
        let mut numbers: Vec<_> =
            row.iter().map(|entry| (entry.dendron.as_bytes()[0], entry.weight)).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn weights_are_shares_and_the_rest_goes_to_who_lost_most() {
        assert_eq!(
            numbers(&shares(&scores(&[1.0, 0.5, 0.0, 0.5]), 10)),
            [(1, 32_767), (2, 16_384), (4, 16_384)]
        );
        assert_eq!(numbers(&shares(&scores(&[0.1]), 10)), [(1, 65_535)]);
        assert_eq!(shares(&scores(&[0.0, 0.0]), 10), []);
    }

    #[test]
    fn of_too_many_the_best_are_kept() {
        let row = shares(&scores(&[0.2, 0.4, 0.3]), 2);
        assert_eq!(numbers(&row).iter().map(|(miner, _)| *miner).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(shares(&scores(&[0.2]), 0), []);
    }

    #[test]
    fn of_too_few_others_follow_with_zeros() {
        let members = (1..=5).map(|number| Address::new([number; 20])).collect();
        let mut row = shares(&scores(&[0.0, 0.5]), 10);
        fill_up(&mut row, 3, &members);
        assert_eq!(numbers(&row), [(1, 0), (2, 65_535), (3, 0)]);
        fill_up(&mut row, 9, &members);
        assert_eq!(row.len(), 5, "nobody stands twice");
    }

    proptest! {
        #[test]
        fn whatever_the_scores_the_weights_add_up_and_keep_their_order(
            values in prop::collection::vec(0.0..=1.0, 0..30), most in 0_usize..30,
        ) {
            let scores = scores(&values);
            let row = shares(&scores, most);
            prop_assert!(row.len() <= most);
            let sum: u128 = row.iter().map(|entry| entry.weight).sum();
            let anybody = most > 0 && values.iter().any(|value| *value > 0.0);
            prop_assert_eq!(sum, if anybody { u128::from(FULL_WEIGHT) } else { 0 });
            let mut reversed = scores.clone();
            reversed.reverse();
            prop_assert_eq!(numbers(&shares(&reversed, most)), numbers(&row));
            for one in &row {
                for other in &row {
                    let score = |entry: &Weight| scores.iter().find(|score| score.miner == entry.dendron).unwrap().score;
                    prop_assert!(score(one) <= score(other) || one.weight >= other.weight);
                }
            }
        }
    }
}
