//! The emission of each block, and its distribution.

use super::decimal::UNITS_PER_ONE;
use super::power::natural_logarithm;
use super::wide::{multiply_divide, multiply_divide_amount};
use super::{Decimal, Rules};
use crate::Amount;

/// The number of blocks after which a new price has half of the weight in the chain's moving price.
const MOVING_PRICE_HALVING: u64 = 201_600;

/// The emission of a block, which halves each time that half of the remaining supply is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmissionSchedule {
    /// The final supply.
    pub total_supply: Amount,
    /// The emission of a block until half of the supply is issued.
    pub first_block_emission: Amount,
}

impl Default for EmissionSchedule {
    /// Returns the schedule of the network: 21,000,000 HETU, and 1 HETU per block.
    fn default() -> Self {
        Self {
            total_supply: Amount::from_hetu(21_000_000),
            first_block_emission: Amount::from_hetu(1),
        }
    }
}

impl EmissionSchedule {
    /// Returns the emission of a block when `issued` is already issued: the first emission, halved
    /// `floor(log2(1 / (1 - issued / total)))` times and rounded down. Zero when the supply is
    /// complete, and never more than the rest of it.
    pub fn block_emission(&self, issued: Amount) -> Amount {
        self.halved(issued, self.total_supply).min(self.total_supply.saturating_sub(issued))
    }

    /// Returns the alpha emission of a block for a subnet that has issued `alpha`, in the pool and
    /// outside of it: as for HETU, with twice the supply. Zero while `alpha` is zero.
    pub fn alpha_emission(&self, alpha: Amount) -> Amount {
        if alpha.is_zero() {
            return Amount::ZERO;
        }
        self.halved(alpha, self.total_supply.saturating_add(self.total_supply))
    }

    fn halved(&self, issued: Amount, supply: Amount) -> Amount {
        let left = supply.saturating_sub(issued);
        if left.is_zero() {
            return Amount::ZERO;
        }
        let ratio = supply.as_integer() / left.as_integer();
        // The integer part of log2 is the same for the quotient and for its integer part.
        let halvings = ratio.bit_len().saturating_sub(1);
        Amount::from_integer(self.first_block_emission.as_integer() >> halvings)
    }
}

/// The fraction of a block's emission for subnets: `min(maximum, base + slope ln(1 + subnets))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubnetRewardRule {
    /// The approximate fraction of the first subnet.
    pub base: Decimal,
    /// The growth of the fraction with the number of subnets.
    pub slope: Decimal,
    /// The maximum fraction.
    pub maximum: Decimal,
}

impl SubnetRewardRule {
    /// Returns the constants of `rules`. The documents name three slopes. This is the one that they
    /// give together with the formula.
    pub const fn of(rules: Rules) -> Self {
        let slope = match rules {
            Rules::Documented => 16,
            Rules::Published => 10,
        };
        Self { base: percent(10), slope: percent(slope), maximum: percent(90) }
    }

    /// Returns the fraction for a number of subnets that were ever registered, rounded down to 18
    /// decimals. Zero without a subnet.
    pub fn ratio(&self, subnets: u16) -> Decimal {
        if subnets == 0 {
            return Decimal::ZERO;
        }
        let growth = natural_logarithm(u64::from(subnets) + 1).saturating_mul(self.slope);
        self.base.saturating_add(growth).min(self.maximum).min(Decimal::ONE)
    }
}

/// Divides `reward` between subnets in proportion to their moving prices, each part rounded down.
/// All parts are zero if no price is above zero.
pub fn share_by_price(reward: Amount, moving_prices: &[Amount]) -> Vec<Amount> {
    let total = moving_prices.iter().copied().try_fold(Amount::ZERO, Amount::checked_add);
    // If the sum of the prices overflows, they are scaled down before they are compared.
    let scale = if total.is_some() { 0 } else { 32 };
    let prices = moving_prices.iter().map(|price| price.as_integer() >> scale);
    let prices: Vec<_> = prices.map(Amount::from_integer).collect();
    let total = prices.iter().copied().sum();
    prices
        .into_iter()
        .map(|price| multiply_divide_amount(reward, price, total).unwrap_or_default())
        .collect()
}

/// The effect of one block on one subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubnetInjection {
    /// HETU added to the pool.
    pub hetu_in: Amount,
    /// Alpha added to the pool.
    pub alpha_in: Amount,
    /// Alpha for the subnet's owner at the next epoch.
    pub owner_cut: Amount,
    /// Alpha for the subnet's dendrons at the next epoch.
    pub pending: Amount,
}

impl SubnetInjection {
    /// The fraction of alpha for the subnet's owner.
    pub const OWNER_CUT: Decimal = percent(18);

    /// Calculates the injection of `hetu_in` into a pool with the alpha price `price`, when
    /// `alpha_emission` is created for each side of the pool: the amount of alpha that keeps the
    /// price, at most the emission.
    pub fn new(hetu_in: Amount, price: Amount, alpha_emission: Amount) -> Self {
        let one = Amount::from_wei(UNITS_PER_ONE);
        let alpha_in = multiply_divide_amount(hetu_in, one, price)
            .map_or(alpha_emission, |alpha| alpha.min(alpha_emission));
        let owner_cut = Self::OWNER_CUT.of(alpha_emission);
        let pending = alpha_emission.saturating_sub(owner_cut);
        Self { hetu_in, alpha_in, owner_cut, pending }
    }
}

/// The chain's moving average of a subnet's price.
///
/// The pool's own one is [`AmmPool::moving_price`](super::AmmPool::moving_price).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovingPrice {
    /// The maximum weight of a new price (`subnet_moving_alpha`).
    pub rate: Decimal,
    /// The number of blocks after which the weight is half of the maximum.
    pub halving: u64,
}

impl Default for MovingPrice {
    fn default() -> Self {
        Self { rate: Decimal::from_units(3_000_000_000_000), halving: MOVING_PRICE_HALVING }
    }
}

impl MovingPrice {
    /// Returns the average after `price`, `blocks` blocks after the subnet's first emission, if the
    /// previous average was `average`. Prices above one HETU count as one. Rounded down.
    pub fn next(&self, average: Amount, price: Amount, blocks: u64) -> Amount {
        let length = u128::from(blocks) + u128::from(self.halving);
        let rate = multiply_divide(self.rate.units(), blocks.into(), length).unwrap_or_default();
        let weight = Decimal::from_units(rate.min(UNITS_PER_ONE));
        let price = price.min(Amount::from_wei(UNITS_PER_ONE));
        let kept = Decimal::ONE.saturating_sub(weight).of(average);
        weight.of(price).saturating_add(kept)
    }
}

/// The division by the main network of the emission that is not for subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkSplit {
    /// The part of the community, 2 %.
    pub community: Amount,
    /// The commission, 5 %.
    pub commission: Amount,
    /// The part of the validators, 93 %: the rest.
    pub validators: Amount,
}

/// Divides `amount` as the main network does. The remainder of rounding goes to the validators.
pub fn network_split(amount: Amount) -> NetworkSplit {
    let (community, commission) = (percent(2).of(amount), percent(5).of(amount));
    let validators = amount.saturating_sub(community).saturating_sub(commission);
    NetworkSplit { community, commission, validators }
}

const fn percent(percent: u128) -> Decimal {
    Decimal::from_units(percent * UNITS_PER_ONE / 100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn emission_halves_with_what_is_left() {
        let schedule = EmissionSchedule::default();
        for (issued, emission) in [
            ("0", "1"),
            ("10499999.999999999999999999", "1"),
            ("10500000", "0.5"),
            ("15750000", "0.25"),
            ("18375000", "0.125"),
            ("21000000", "0"),
            ("99000000", "0"),
        ] {
            assert_eq!(schedule.block_emission(amount(issued)), amount(emission), "{issued}");
        }
        assert_eq!(schedule.block_emission(amount("20999999.999999999999999999")), amount("0"));
        assert_eq!(schedule.alpha_emission(Amount::ZERO), Amount::ZERO);
        assert_eq!(schedule.alpha_emission(amount("20999999")), amount("1"));
        assert_eq!(schedule.alpha_emission(amount("21000000")), amount("0.5"));
        assert_eq!(schedule.alpha_emission(amount("42000000")), Amount::ZERO);
    }

    #[test]
    fn the_share_of_subnets_is_the_published_one() {
        let rule = SubnetRewardRule::of(Rules::Published);
        for (subnets, ratio) in [
            (0, "0"),
            (1, "0.16931"),
            (2, "0.20986"),
            (5, "0.27917"),
            (10, "0.33978"),
            (100, "0.56151"),
            (2_979, "0.89996"),
            (2_980, "0.9"),
            (u16::MAX, "0.9"),
        ] {
            let found = rule.ratio(subnets).units() / 10_u128.pow(13);
            let expected = ratio.parse::<Decimal>().unwrap().units() / 10_u128.pow(13);
            assert_eq!(found, expected, "{subnets}");
        }
        let documented = SubnetRewardRule::of(Rules::Documented).ratio(1);
        assert_eq!(documented.units() / 10_u128.pow(13), 21_090);
    }

    #[test]
    fn pools_get_as_much_alpha_as_keeps_their_price_but_no_more_than_is_created() {
        let one = Amount::from_hetu(1);
        let at = |price| SubnetInjection::new(amount("0.2"), amount(price), one);
        assert_eq!(at("0.5").alpha_in, amount("0.4"));
        assert_eq!(at("0.1").alpha_in, one);
        assert_eq!(at("0").alpha_in, one);
        assert_eq!((at("1").owner_cut, at("1").pending), (amount("0.18"), amount("0.82")));
    }

    #[test]
    fn the_moving_price_starts_slowly_and_takes_no_price_above_one() {
        let moving = MovingPrice::default();
        let old = amount("0.5");
        assert_eq!(moving.next(old, amount("0.9"), 0), old);
        let half_rate = moving.next(old, amount("0.9"), MOVING_PRICE_HALVING);
        assert_eq!(half_rate, amount("0.5000006"));
        assert_eq!(moving.next(old, amount("7"), 9), moving.next(old, amount("1"), 9));
    }

    proptest! {
        #[test]
        fn emission_never_rises_nor_exceeds_what_is_left(
            issued in 0..22_000_000_u64, more in 0..22_000_000_u64,
        ) {
            let schedule = EmissionSchedule::default();
            let (issued, later) = (Amount::from_hetu(issued), Amount::from_hetu(issued + more));
            let emission = schedule.block_emission(issued);
            prop_assert!(schedule.block_emission(later) <= emission);
            prop_assert!(emission <= schedule.total_supply.saturating_sub(issued));
        }

        #[test]
        fn shares_by_price_never_exceed_the_reward(
            reward in any::<[u8; 32]>(), prices in prop::collection::vec(any::<[u8; 32]>(), 0..20),
        ) {
            let reward = Amount::from_be_bytes(reward);
            let prices: Vec<_> = prices.into_iter().map(Amount::from_be_bytes).collect();
            let shares = share_by_price(reward, &prices);
            let paid = shares.iter().try_fold(Amount::ZERO, |sum, share| sum.checked_add(*share));
            prop_assert!(paid.is_some_and(|paid| paid <= reward));
        }

        #[test]
        fn splits_lose_nothing(wei in any::<[u8; 32]>()) {
            let amount = Amount::from_be_bytes(wei);
            let split = network_split(amount);
            let sum = [split.community, split.commission, split.validators].into_iter().sum::<Amount>();
            prop_assert_eq!(sum, amount);
            let injection = SubnetInjection::new(amount, amount, amount);
            prop_assert_eq!(injection.owner_cut.saturating_add(injection.pending), amount);
        }
    }
}
