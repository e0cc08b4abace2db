//! What stake agrees on.

use std::cmp::Reverse;

use hetu_chain::{Address, Amount};

/// What one miner says, and how much it counts.
#[derive(Clone, Copy, Debug)]
pub struct Opinion<'round, Reply> {
    /// The miner. Each has one opinion.
    pub miner: Address,
    /// Its stake.
    pub stake: Amount,
    /// What it answered.
    pub reply: &'round Reply,
}

/// What opinions amount to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Agreement {
    /// Which opinion has the most stake behind it, if that is more than the quorum.
    pub winner: Option<usize>,
    /// For each opinion, the share of all stake whose opinions agree with it: from 0 to 1.
    pub support: Vec<f64>,
}

/// Weighs opinions by the stake that agrees with each.
///
/// The winner is the opinion with the most stake, of several the one of the lowest address; there
/// is none if its share is not above `quorum`. The outcome does not depend on the order of
/// `opinions`. Near answers need not agree transitively: each opinion is compared with all, which
/// takes the square of their number.
pub fn agreement<Reply>(
    opinions: &[Opinion<'_, Reply>],
    agree: impl Fn(&Reply, &Reply) -> bool,
    quorum: f64,
) -> Agreement {
    let total = sum(opinions);
    let behind = |opinion: &Opinion<'_, Reply>| {
        sum(opinions.iter().filter(|other| agree(opinion.reply, other.reply)))
    };
    let stakes: Vec<Amount> = opinions.iter().map(behind).collect();
    let support: Vec<f64> = stakes.iter().map(|&stake| share(stake, total)).collect();
    let best =
        (0..opinions.len()).max_by_key(|&place| (stakes[place], Reverse(opinions[place].miner)));
    Agreement { winner: best.filter(|&place| support[place] > quorum), support }
}

fn sum<'a, 'round: 'a, Reply: 'round>(
    opinions: impl IntoIterator<Item = &'a Opinion<'round, Reply>>,
) -> Amount {
    opinions.into_iter().fold(Amount::ZERO, |sum, opinion| sum.saturating_add(opinion.stake))
}

/// The share of `part` in `whole`, from 0 to 1; nothing has no shares.
fn share(part: Amount, whole: Amount) -> f64 {
    if whole.is_zero() { 0.0 } else { (approximate(part) / approximate(whole)).min(1.0) }
}

/// In wei, as near as a float comes.
fn approximate(amount: Amount) -> f64 {
    amount
        .to_be_bytes()
        .into_iter()
        .fold(0.0, |sum, byte| f64::mul_add(sum, 256.0, f64::from(byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
