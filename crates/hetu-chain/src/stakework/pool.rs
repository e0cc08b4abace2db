//! The result of a trade with a subnet's pool, exact to the wei.

use serde::{Deserialize, Serialize};

use super::decimal::UNITS_PER_ONE;
use super::wide::{multiply_divide_amount, multiply_divide_amount_up};
use crate::{Amount, Retryability, Retryable};

const BASIS_POINTS: u128 = 10_000;
/// The number of blocks after which a new price has half of the weight in the pool's moving price.
const MOVING_PRICE_HALVING: u64 = 1_000;
const ONE: Amount = Amount::from_integer(ruint::Uint::from_limbs([UNITS_PER_ONE as u64, 0, 0, 0]));

/// The formula by which a pool prices a trade (`SubnetTypes.MechanismType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mechanism {
    /// A fixed price of one.
    Stable,
    /// A constant product: the product of the reserves never falls.
    Dynamic,
}

/// The direction of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeDirection {
    /// A trade that pays HETU and receives alpha.
    HetuToAlpha,
    /// A trade that pays alpha and receives HETU.
    AlphaToHetu,
}

impl TradeDirection {
    /// Returns the opposite direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::HetuToAlpha => Self::AlphaToHetu,
            Self::AlphaToHetu => Self::HetuToAlpha,
        }
    }
}

/// A requested trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The direction.
    pub direction: TradeDirection,
    /// The amount paid.
    pub amount_in: Amount,
}

/// A pool at one moment: the state from which `SubnetAMM` prices trades. Pools take no fee.
///
/// Source: `SubnetAMM.getPoolInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmmPool {
    /// The formula by which it prices a trade.
    pub mechanism: Mechanism,
    /// HETU in the pool (`subnetHetu`).
    pub hetu_reserve: Amount,
    /// Alpha in the pool (`subnetAlphaIn`).
    pub alpha_reserve: Amount,
    /// The minimum that a trade leaves of the reserve that it takes from (`minimumPoolLiquidity`).
    pub minimum_liquidity: Amount,
}

/// The expected result of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TradePreview {
    /// The amount that the trader receives.
    pub amount_out: Amount,
    /// The pool after the trade.
    pub pool: AmmPool,
    /// HETU per alpha after the trade.
    pub new_price: Amount,
    /// The change of the price, in basis points of the previous price.
    pub price_impact: Amount,
    /// The loss of the trader compared to the previous price, in basis points.
    pub slippage: Amount,
}

impl AmmPool {
    /// Returns HETU per alpha, rounded down and saturated at [`Amount::MAX`]; zero without alpha.
    pub fn price(&self) -> Amount {
        if self.alpha_reserve.is_zero() {
            return Amount::ZERO;
        }
        multiply_divide_amount(self.hetu_reserve, ONE, self.alpha_reserve).unwrap_or(Amount::MAX)
    }

    /// Returns the expected result of `trade`, rounded like the contract: in favour of the pool.
    ///
    /// # Errors
    /// [`TradeRefusal`] if the contract would refuse, too.
    pub fn preview(&self, trade: Trade) -> Result<TradePreview, TradeRefusal> {
        if trade.amount_in.is_zero() {
            return Err(TradeRefusal::NothingPaid);
        }
        let (reserve_in, reserve_out) = self.reserves(trade.direction);
        let paid_in = reserve_in.checked_add(trade.amount_in).ok_or(TradeRefusal::TooLarge)?;
        let amount_out = match self.mechanism {
            Mechanism::Stable => trade.amount_in,
            Mechanism::Dynamic => multiply_divide_amount(trade.amount_in, reserve_out, paid_in)
                .ok_or(TradeRefusal::TooLarge)?,
        };
        let left = self.left_after(reserve_out, amount_out)?;
        if amount_out.is_zero() {
            return Err(TradeRefusal::NothingBought);
        }
        let pool = self.with_reserves(trade.direction, paid_in, left);
        Ok(TradePreview {
            amount_out,
            pool,
            new_price: pool.price(),
            price_impact: basis_points_between(self.price(), pool.price()),
            slippage: self.slippage(trade, amount_out)?,
        })
    }

    /// Returns the minimum to pay for at least `amount_out`.
    ///
    /// # Errors
    /// [`TradeRefusal`] if the pool does not sell that much at any price.
    pub fn price_of(
        &self,
        direction: TradeDirection,
        amount_out: Amount,
    ) -> Result<Trade, TradeRefusal> {
        if amount_out.is_zero() {
            return Err(TradeRefusal::NothingBought);
        }
        let (reserve_in, reserve_out) = self.reserves(direction);
        let left = self.left_after(reserve_out, amount_out)?;
        let amount_in = match self.mechanism {
            Mechanism::Stable => amount_out,
            // in * left >= out * reserve_in makes the rounded-down output at least `out`.
            Mechanism::Dynamic => multiply_divide_amount_up(amount_out, reserve_in, left)
                .ok_or(TradeRefusal::InsufficientLiquidity)?,
        };
        if amount_in.is_zero() {
            return Err(TradeRefusal::InsufficientLiquidity);
        }
        reserve_in.checked_add(amount_in).ok_or(TradeRefusal::TooLarge)?;
        Ok(Trade { direction, amount_in })
    }

    /// Returns the pool's moving price after an update at the current price, `blocks` blocks after
    /// the update that resulted in `average`. Prices above one HETU count as one. Saturated at
    /// [`Amount::MAX`].
    pub fn moving_price(&self, average: Amount, blocks: u64) -> Amount {
        let length = u128::from(blocks) + u128::from(MOVING_PRICE_HALVING);
        let weight = Amount::from_wei(u128::from(blocks) * UNITS_PER_ONE / length);
        let price = self.price().min(ONE);
        let kept = ONE.saturating_sub(weight);
        // The contract rounds the sum once; rounding both parts could lose one wei more.
        let sum = weight.as_integer().wrapping_mul(price.as_integer());
        kept.as_integer()
            .checked_mul(average.as_integer())
            .and_then(|kept| kept.checked_add(sum))
            .map_or(Amount::MAX, |sum| Amount::from_integer(sum / ONE.as_integer()))
    }

    const fn reserves(&self, direction: TradeDirection) -> (Amount, Amount) {
        match direction {
            TradeDirection::HetuToAlpha => (self.hetu_reserve, self.alpha_reserve),
            TradeDirection::AlphaToHetu => (self.alpha_reserve, self.hetu_reserve),
        }
    }

    const fn with_reserves(
        &self,
        direction: TradeDirection,
        reserve_in: Amount,
        reserve_out: Amount,
    ) -> Self {
        let (hetu_reserve, alpha_reserve) = match direction {
            TradeDirection::HetuToAlpha => (reserve_in, reserve_out),
            TradeDirection::AlphaToHetu => (reserve_out, reserve_in),
        };
        Self { hetu_reserve, alpha_reserve, ..*self }
    }

    fn left_after(&self, reserve: Amount, taken: Amount) -> Result<Amount, TradeRefusal> {
        reserve
            .checked_sub(taken)
            .filter(|left| *left >= self.minimum_liquidity)
            .ok_or(TradeRefusal::InsufficientLiquidity)
    }

    fn slippage(&self, trade: Trade, amount_out: Amount) -> Result<Amount, TradeRefusal> {
        let (reserve_in, reserve_out) = self.reserves(trade.direction);
        if self.mechanism == Mechanism::Stable || reserve_in.is_zero() {
            return Ok(Amount::ZERO);
        }
        let theory = multiply_divide_amount(trade.amount_in, reserve_out, reserve_in)
            .ok_or(TradeRefusal::TooLarge)?;
        Ok(basis_points_of(theory.saturating_sub(amount_out), theory))
    }
}

fn basis_points_between(before: Amount, after: Amount) -> Amount {
    let change = after.max(before).saturating_sub(after.min(before));
    basis_points_of(change, before)
}

/// Returns zero for zero of zero. Saturated at [`Amount::MAX`].
fn basis_points_of(part: Amount, whole: Amount) -> Amount {
    if whole.is_zero() {
        return Amount::ZERO;
    }
    multiply_divide_amount(part, Amount::from_wei(BASIS_POINTS), whole).unwrap_or(Amount::MAX)
}

/// The reason for which a pool refuses a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TradeRefusal {
    /// A payment of zero.
    #[error("nothing is paid: name an amount above zero")]
    NothingPaid,
    /// A payment that is too small to buy a single wei.
    #[error("the payment is too small to buy anything: pay more")]
    NothingBought,
    /// A trade that would leave less than the minimum in the pool.
    #[error("the pool has too little liquidity for this trade: trade less")]
    InsufficientLiquidity,
    /// A trade beyond the range of the contract's arithmetic.
    #[error("the amounts are too large for the pool")]
    TooLarge,
}

impl Retryable for TradeRefusal {
    fn retryability(&self) -> Retryability {
        match self {
            Self::NothingBought | Self::InsufficientLiquidity => Retryability::Retryable,
            Self::NothingPaid | Self::TooLarge => Retryability::Final,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ruint::aliases::U512;

    use super::*;

    fn pool(hetu: u128, alpha: u128) -> AmmPool {
        AmmPool {
            mechanism: Mechanism::Dynamic,
            hetu_reserve: Amount::from_wei(hetu),
            alpha_reserve: Amount::from_wei(alpha),
            minimum_liquidity: Amount::from_wei(1_000),
        }
    }

    fn product(pool: &AmmPool) -> U512 {
        U512::from(pool.hetu_reserve.as_integer()) * U512::from(pool.alpha_reserve.as_integer())
    }

    fn buy(amount_in: Amount) -> Trade {
        Trade { direction: TradeDirection::HetuToAlpha, amount_in }
    }

    #[test]
    fn a_trade_moves_the_price_along_the_product() {
        let hundred = 100 * UNITS_PER_ONE;
        let preview = pool(hundred, hundred).preview(buy(Amount::from_hetu(100))).unwrap();
        assert_eq!(preview.amount_out, Amount::from_hetu(50));
        assert_eq!(preview.new_price, Amount::from_hetu(4));
        assert_eq!(preview.price_impact, Amount::from_wei(30_000));
        assert_eq!(preview.slippage, Amount::from_wei(5_000));
        let stable = AmmPool { mechanism: Mechanism::Stable, ..pool(hundred, hundred) };
        let preview = stable.preview(buy(Amount::from_hetu(3))).unwrap();
        assert_eq!((preview.amount_out, preview.slippage), (Amount::from_hetu(3), Amount::ZERO));
    }

    #[test]
    fn trades_that_the_contract_refuses_are_refused() {
        let small = pool(10_000, 10_000);
        let refused = |trade| small.preview(trade).unwrap_err();
        assert_eq!(refused(buy(Amount::ZERO)), TradeRefusal::NothingPaid);
        assert_eq!(refused(buy(Amount::from_wei(1))), TradeRefusal::NothingBought);
        assert_eq!(refused(buy(Amount::from_wei(90_101))), TradeRefusal::InsufficientLiquidity);
        assert_eq!(refused(buy(Amount::MAX)), TradeRefusal::TooLarge);
        assert!(small.preview(buy(Amount::from_wei(90_100))).is_ok());
        let empty = AmmPool { minimum_liquidity: Amount::ZERO, ..pool(0, 0) };
        assert_eq!(empty.price(), Amount::ZERO);
        assert_eq!(empty.preview(buy(ONE)).unwrap_err(), TradeRefusal::NothingBought);
        let direction = TradeDirection::AlphaToHetu;
        assert!(small.price_of(direction, Amount::from_wei(9_001)).is_err());
        assert!(small.price_of(direction, Amount::from_wei(9_000)).is_ok());
        assert!(small.price_of(direction, Amount::ZERO).is_err());
    }

    #[test]
    fn the_moving_price_follows_slowly_and_takes_no_price_above_one() {
        let rich = pool(3 * UNITS_PER_ONE, UNITS_PER_ONE);
        assert_eq!(rich.moving_price(Amount::ZERO, 1_000), "0.5".parse().unwrap());
        assert_eq!(rich.moving_price(Amount::ZERO, 0), Amount::ZERO);
        assert_eq!(rich.moving_price(Amount::MAX, 1), Amount::MAX);
    }

    fn any_pool() -> impl Strategy<Value = AmmPool> {
        (any::<[u8; 32]>(), any::<[u8; 32]>(), 0..200_u32, 0..200_u32, any::<bool>()).prop_map(
            |(hetu, alpha, low_bits, lower_bits, is_stable)| AmmPool {
                mechanism: if is_stable { Mechanism::Stable } else { Mechanism::Dynamic },
                hetu_reserve: shifted(hetu, low_bits),
                alpha_reserve: shifted(alpha, lower_bits),
                minimum_liquidity: Amount::from_wei(7),
            },
        )
    }

    fn shifted(bytes: [u8; 32], bits: u32) -> Amount {
        Amount::from_integer(Amount::from_be_bytes(bytes).as_integer() >> bits as usize)
    }

    fn any_trade() -> impl Strategy<Value = Trade> {
        (any::<[u8; 32]>(), 0..256_u32, any::<bool>()).prop_map(|(bytes, bits, is_buy)| Trade {
            direction: if is_buy {
                TradeDirection::HetuToAlpha
            } else {
                TradeDirection::AlphaToHetu
            },
            amount_in: shifted(bytes, bits),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn the_product_never_falls(pool in any_pool(), trade in any_trade()) {
            if let Ok(preview) = pool.preview(trade) && pool.mechanism == Mechanism::Dynamic {
                prop_assert!(product(&preview.pool) >= product(&pool));
                prop_assert!(preview.slippage <= Amount::from_wei(BASIS_POINTS));
            }
        }

        #[test]
        fn a_round_trip_never_profits(pool in any_pool(), trade in any_trade()) {
            if let Ok(there) = pool.preview(trade) {
                let back = Trade { direction: trade.direction.reversed(), amount_in: there.amount_out };
                if let Ok(back) = there.pool.preview(back) {
                    prop_assert!(back.amount_out <= trade.amount_in);
                }
            }
        }

        #[test]
        fn one_trade_never_gets_less_than_two_of_its_halves(pool in any_pool(), trade in any_trade()) {
            let half = Amount::from_integer(trade.amount_in.as_integer() >> 1);
            let rest = trade.amount_in.saturating_sub(half);
            let of = |pool: &AmmPool, amount_in| pool.preview(Trade { amount_in, ..trade });
            if let Ok(first) = of(&pool, half)
                && let Ok(second) = of(&first.pool, rest)
                && let Ok(whole) = of(&pool, trade.amount_in)
            {
                let halves = first.amount_out.saturating_add(second.amount_out);
                prop_assert!(whole.amount_out >= halves);
            }
        }

        #[test]
        fn the_price_of_an_output_is_the_least_that_buys_it(
            pool in any_pool(), wanted in any_trade(),
        ) {
            let amount_out = wanted.amount_in;
            if let Ok(trade) = pool.price_of(wanted.direction, amount_out)
                && let Ok(preview) = pool.preview(trade)
            {
                prop_assert!(preview.amount_out >= amount_out);
                let less = trade.amount_in.saturating_sub(Amount::from_wei(1));
                if let Ok(cheaper) = pool.preview(Trade { amount_in: less, ..trade }) {
                    prop_assert!(cheaper.amount_out < amount_out);
                }
            }
        }
    }
}
