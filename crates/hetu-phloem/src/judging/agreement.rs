//! The agreement of replies, weighted by stake.

use std::cmp::Reverse;
use std::collections::HashMap;

use hetu_chain::{Address, Amount};

use super::digest::ReplyDigest;

/// The reply of one miner, and its stake.
#[derive(Clone, Copy, Debug)]
pub struct Opinion<'round, Reply> {
    /// The miner. Each has one opinion.
    pub miner: Address,
    /// Its stake.
    pub stake: Amount,
    /// Its reply.
    pub reply: &'round Reply,
}

/// The result of comparing opinions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Agreement {
    /// The index of the opinion with the most stake behind it, if that exceeds the quorum.
    pub winner: Option<usize>,
    /// For each opinion, the share of all stake with opinions that agree with it: from 0 to 1.
    pub support: Vec<f64>,
}

/// The most comparisons in one direction: enough to compare 2,048 different replies each with each.
const MOST_COMPARISONS: usize = 1 << 22;
/// The most bytes that are compared in one direction, if each comparison reads both replies whole.
const MOST_COMPARED_BYTES: usize = 1 << 30;
/// The number of opinions that are compared with all others at any cost.
const FEWEST_COMPARED: usize = 8;

/// Weighs opinions by the stake that agrees with each.
///
/// The winner is the opinion with the most stake; of several, the one of the lowest address. There
/// is none if its share is not above `quorum`. The result does not depend on the order of
/// `opinions`. Agreement need not be transitive: each opinion is compared with all others, and
/// beyond 2,048 of them with those of the most stake, of which the winner is one.
pub fn agreement<Reply>(
    opinions: &[Opinion<'_, Reply>],
    agree: impl Fn(&Reply, &Reply) -> bool,
    quorum: f64,
) -> Agreement {
    agreement_by_digest(opinions, &vec![None; opinions.len()], agree, quorum)
}

/// As [`agreement`], for opinions with digests: equal digests imply agreement, and one of them is
/// compared for all. If too many or too long opinions are different, those of the most stake are
/// compared with all others, and the others with those alone.
pub(super) fn agreement_by_digest<Reply>(
    opinions: &[Opinion<'_, Reply>],
    digests: &[Option<ReplyDigest>],
    agree: impl Fn(&Reply, &Reply) -> bool,
    quorum: f64,
) -> Agreement {
    let total = sum(opinions);
    let groups = OpinionGroups::of(opinions, digests);
    let behind = groups.stakes_behind(opinions, agree);
    let support_of_group: Vec<f64> = behind.iter().map(|&stake| share(stake, total)).collect();
    let support = groups.number_of.iter().map(|&group| support_of_group[group]).collect();
    let best =
        groups.compared().max_by_key(|&group| (behind[group], Reverse(groups.all[group].lowest.0)));
    let winner = best.filter(|&group| support_of_group[group] > quorum);
    Agreement { winner: winner.map(|group| groups.all[group].lowest.1), support }
}

/// Opinions with equal replies.
struct OpinionGroup {
    stake: Amount,
    /// The lowest address, and its index among the opinions.
    lowest: (Address, usize),
    /// The length of the reply in bytes.
    length: usize,
}

/// All opinions, grouped by reply; groups with the most stake first, then by their lowest address.
struct OpinionGroups {
    all: Vec<OpinionGroup>,
    /// For each opinion, its group.
    number_of: Vec<usize>,
}

impl OpinionGroups {
    fn of<Reply>(opinions: &[Opinion<'_, Reply>], digests: &[Option<ReplyDigest>]) -> Self {
        let mut found: Vec<(OpinionGroup, usize)> = Vec::new();
        let mut known: HashMap<[u8; 32], usize> = HashMap::new();
        let mut first_number_of = Vec::with_capacity(opinions.len());
        for (place, (opinion, digest)) in opinions.iter().zip(digests).enumerate() {
            let next = found.len();
            let number = digest.map_or(next, |digest| *known.entry(digest.sha256).or_insert(next));
            let this = (opinion.miner, place);
            if number == next {
                let length = digest.map_or(0, |digest| digest.length);
                found.push((OpinionGroup { stake: Amount::ZERO, lowest: this, length }, number));
            }
            let group = &mut found[number].0;
            group.stake = group.stake.saturating_add(opinion.stake);
            group.lowest = group.lowest.min(this);
            first_number_of.push(number);
        }
        found.sort_by_key(|(group, _)| (Reverse(group.stake), group.lowest));
        let mut new_number = vec![0; found.len()];
        for (new, (_, first)) in found.iter().enumerate() {
            new_number[*first] = new;
        }
        let number_of = first_number_of.into_iter().map(|first| new_number[first]).collect();
        Self { all: found.into_iter().map(|(group, _)| group).collect(), number_of }
    }

    /// Returns the groups that are compared with all others: all, or those of the most stake if
    /// comparing all would be too much work.
    fn compared(&self) -> std::ops::Range<usize> {
        let (count, bytes) = (self.all.len(), self.all.iter().map(|group| group.length).sum());
        let affordable = MOST_COMPARISONS / count.max(1);
        let affordable = affordable.min(MOST_COMPARED_BYTES / usize::max(bytes, 1));
        0..count.min(affordable.max(FEWEST_COMPARED))
    }

    /// Returns the stake behind each group, which is the stake that agrees with it.
    fn stakes_behind<Reply>(
        &self,
        opinions: &[Opinion<'_, Reply>],
        agree: impl Fn(&Reply, &Reply) -> bool,
    ) -> Vec<Amount> {
        let reply = |group: &OpinionGroup| opinions[group.lowest.1].reply;
        let compared = self.compared();
        let mut behind = vec![Amount::ZERO; self.all.len()];
        for (number, group) in self.all.iter().enumerate() {
            // A compared group meets all others; the other groups meet the compared ones, and
            // themselves.
            let others =
                if compared.contains(&number) { 0..self.all.len() } else { compared.clone() };
            let itself = (!others.contains(&number)).then_some(number);
            for other in others.chain(itself) {
                let other = &self.all[other];
                if agree(reply(group), reply(other)) {
                    behind[number] = behind[number].saturating_add(other.stake);
                }
            }
        }
        behind
    }
}

fn sum<'a, 'round: 'a, Reply: 'round>(
    opinions: impl IntoIterator<Item = &'a Opinion<'round, Reply>>,
) -> Amount {
    opinions.into_iter().fold(Amount::ZERO, |sum, opinion| sum.saturating_add(opinion.stake))
}

/// Returns the share of `part` in `whole`, from 0 to 1, or zero if `whole` is zero.
fn share(part: Amount, whole: Amount) -> f64 {
    if whole.is_zero() { 0.0 } else { (approximate(part) / approximate(whole)).min(1.0) }
}

/// Returns the amount in wei as the nearest float.
fn approximate(amount: Amount) -> f64 {
    amount
        .to_be_bytes()
        .into_iter()
        .fold(0.0, |sum, byte| f64::mul_add(sum, 256.0, f64::from(byte)))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;
    use crate::judging::digest::digest;

    fn address(number: u8) -> Address {
        Address::new([number; 20])
    }

    fn opinions(said: &[(u8, u64, f64)]) -> Vec<Opinion<'_, f64>> {
        said.iter()
            .map(|(miner, stake, reply)| Opinion {
                miner: address(*miner),
                stake: Amount::from_hetu(*stake),
                reply,
            })
            .collect()
    }

    fn near(one: &f64, other: &f64) -> bool {
        (one - other).abs() <= 0.5
    }

    #[test]
    fn the_most_stake_wins_and_not_the_most_miners() {
        let said = [(1, 100, 7.0), (2, 100, 7.0), (3, 300, 8.0)];
        let found = agreement(&opinions(&said), near, 0.5);
        assert_eq!(found, Agreement { winner: Some(2), support: vec![0.4, 0.4, 0.6] });
        assert_eq!(agreement(&opinions(&said), near, 0.6).winner, None, "not above the quorum");
    }

    #[test]
    fn of_equal_stakes_the_lowest_address_wins() {
        let said = [(9, 100, 7.0), (3, 100, 8.0), (5, 100, 9.0)];
        assert_eq!(agreement(&opinions(&said), near, 0.0).winner, Some(1));
    }

    #[test]
    fn a_reply_that_agrees_with_nothing_and_a_subnet_without_stake_win_nothing() {
        let said = [(1, 900, f64::NAN), (2, 100, 1.0)];
        let found = agreement(&opinions(&said), near, 0.0);
        assert_eq!(found, Agreement { winner: Some(1), support: vec![0.0, 0.1] });
        assert_eq!(agreement(&opinions(&[(1, 0, 1.0)]), near, 0.0).winner, None);
        assert_eq!(agreement(&opinions(&[]), near, 0.0).winner, None);
    }

    #[test]
    fn stakes_beyond_all_bounds_are_held_at_them() {
        let most = |reply| Opinion { miner: address(1), stake: Amount::MAX, reply };
        let found = agreement(&[most(&1.0), most(&1.0)], near, 0.5);
        assert_eq!(found.support, [1.0, 1.0]);
    }

    fn digests(said: &[(u8, u64, f64)]) -> Vec<Option<ReplyDigest>> {
        said.iter().map(|(_, _, reply)| digest(reply)).collect()
    }

    /// As many miners as a subnet has: comparing all with all took 16 million comparisons.
    #[test]
    fn replies_of_4096_miners_that_agree_are_compared_by_their_digests_alone() {
        let replies: Vec<f64> = (0..4_096).map(|number| f64::from(number % 3)).collect();
        let opinions: Vec<_> = replies.iter().enumerate().map(numbered).collect();
        let digests: Vec<_> = replies.iter().map(digest).collect();
        let comparisons = Cell::new(0_usize);
        let counted = |one: &f64, other: &f64| {
            comparisons.set(comparisons.get() + 1);
            one == other
        };
        let found = agreement_by_digest(&opinions, &digests, counted, 0.3);
        assert_eq!(comparisons.get(), 9, "three replies, each with each");
        assert_eq!(found.winner, Some(0));
        assert!((found.support[0] - 1_366.0 / 4_096.0).abs() < 1e-9);
    }

    #[test]
    fn replies_of_4096_miners_that_all_differ_take_a_bounded_number_of_comparisons() {
        let replies: Vec<f64> = (0..4_096).map(f64::from).collect();
        let opinions: Vec<_> = replies.iter().enumerate().map(numbered).collect();
        let comparisons = Cell::new(0_usize);
        let counted = |one: &f64, other: &f64| {
            comparisons.set(comparisons.get() + 1);
            (one - other).abs() <= 100.0
        };
        let found = agreement(&opinions, counted, 0.0);
        assert!(comparisons.get() <= 2 * MOST_COMPARISONS, "{}", comparisons.get());
        // The groups of the most stake, or here of the lowest address, are compared with all.
        assert!((found.support[500] - 201.0 / 4_096.0).abs() < 1e-9);
        assert!(found.support.iter().all(|share| *share > 0.0));
        assert!(found.winner.is_some());
    }

    /// The comparison of long replies with a common prefix takes time in proportion to their
    /// length.
    #[test]
    fn long_replies_are_compared_with_fewer_others() {
        let replies: Vec<f64> = (0..1_024).map(f64::from).collect();
        let opinions: Vec<_> = replies.iter().enumerate().map(numbered).collect();
        let long =
            |reply: &f64| digest(reply).map(|digest| ReplyDigest { length: 65_536, ..digest });
        let digests: Vec<_> = replies.iter().map(long).collect();
        let comparisons = Cell::new(0_usize);
        let counted = |one: &f64, other: &f64| {
            comparisons.set(comparisons.get() + 1);
            one == other
        };
        agreement_by_digest(&opinions, &digests, counted, 0.0);
        // Each is compared with itself, and 16 with all others in both directions.
        let most = 1_024 + 2 * MOST_COMPARED_BYTES / 65_536;
        assert!(comparisons.get() <= most, "{}", comparisons.get());
    }

    fn numbered((number, reply): (usize, &f64)) -> Opinion<'_, f64> {
        let mut account = [0; 20];
        account[12..].copy_from_slice(&(number as u64).to_be_bytes());
        Opinion { miner: Address::new(account), stake: Amount::from_hetu(200), reply }
    }

    fn crowd() -> impl Strategy<Value = Vec<(u8, u64, f64)>> {
        let one = (any::<u8>(), 0_u64..1_000, -2.0..2.0);
        prop::collection::btree_map(any::<u8>(), one, 0..12).prop_map(|crowd| {
            let told = |(miner, (_, stake, reply))| (miner, stake, reply);
            crowd.into_iter().map(told).collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_of_opinions_does_not_matter(
            (said, shuffled) in crowd().prop_flat_map(|crowd| (Just(crowd.clone()), Just(crowd).prop_shuffle())),
            quorum in 0.0..1.0,
        ) {
            let sorted = |said: &[(u8, u64, f64)]| {
                let found = agreement(&opinions(said), near, quorum);
                let winner = found.winner.map(|place| said[place].0);
                let mut support: Vec<_> =
                    said.iter().map(|told| told.0).zip(found.support).collect();
                support.sort_by_key(|(miner, _)| *miner);
                (winner, support)
            };
            prop_assert_eq!(sorted(&said), sorted(&shuffled));
        }

        #[test]
        fn digests_change_nothing_but_the_number_of_comparisons(
            said in crowd(), quorum in 0.0..1.0, step in 1_u8..40,
        ) {
            // Coarse replies, so that some are equal.
            let coarse = |(miner, stake, reply): (u8, u64, f64)| {
                let step = f64::from(step) / 20.0;
                (miner, stake, (reply / step).round() * step)
            };
            let said: Vec<_> = said.into_iter().map(coarse).collect();
            let opinions = opinions(&said);
            let by_digest = agreement_by_digest(&opinions, &digests(&said), near, quorum);
            let all_with_all: Vec<_> = opinions
                .iter()
                .map(|one| {
                    let agreeing = opinions.iter().filter(|other| near(one.reply, other.reply));
                    share(sum(agreeing), sum(&opinions))
                })
                .collect();
            prop_assert_eq!(&by_digest.support, &all_with_all);
            prop_assert_eq!(by_digest, agreement(&opinions, near, quorum));
        }

        #[test]
        fn support_is_a_share_and_the_winner_has_the_most(said in crowd(), quorum in 0.0..1.0) {
            let found = agreement(&opinions(&said), near, quorum);
            prop_assert!(found.support.iter().all(|share| (0.0..=1.0).contains(share)));
            if let Some(winner) = found.winner {
                let most = found.support.iter().copied().fold(0.0, f64::max);
                prop_assert_eq!(found.support[winner], most);
                prop_assert!(most > quorum);
            }
        }
    }
}
