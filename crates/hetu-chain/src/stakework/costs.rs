//! The cost of registering a subnet and a dendron.

use std::num::NonZeroU64;

use super::wide::multiply_divide_amount;
use crate::Amount;

/// The price of a new subnet, which doubles with each registration and falls with each block.
///
/// Source: `SubnetManager.getNetworkLockCost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockCost {
    /// The lowest price (`networkMinLock`).
    pub minimum: Amount,
    /// The price of the newest subnet (`networkLastLock`); zero if there is none.
    pub last: Amount,
    /// The number of blocks in which the price falls by the last price (`lockReductionInterval`).
    pub reduction_interval: NonZeroU64,
}

/// The parts of the price of a new subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockSplit {
    /// The part that goes to the subnet's pool, together with as much alpha.
    pub pooled: Amount,
    /// The part that is burned.
    pub burned: Amount,
}

impl LockCost {
    /// Returns the price after `blocks` blocks since the newest subnet:
    /// `max(minimum, 2 last - floor(last * blocks / interval))`.
    pub fn after(&self, blocks: u64) -> Amount {
        let interval = Amount::from_wei(self.reduction_interval.get().into());
        let reduction =
            multiply_divide_amount(self.last, Amount::from_wei(blocks.into()), interval)
                .unwrap_or(Amount::MAX);
        self.last.saturating_add(self.last).saturating_sub(reduction).max(self.minimum)
    }

    /// Splits a `price`: the minimum opens the pool, and the rest is burned. No part is locked or
    /// returned.
    pub fn split(&self, price: Amount) -> LockSplit {
        let pooled = self.minimum.min(price);
        LockSplit { pooled, burned: price.saturating_sub(pooled) }
    }
}

/// Returns the free stake that a registration with `stake` at a cost of `cost` (`baseNeuronCost`)
/// requires, or `None` if no account can hold that much. The stake is allocated. The cost goes to
/// the treasury at each registration, also if the account was registered before.
pub fn registration_requirement(stake: Amount, cost: Amount) -> Option<Amount> {
    stake.checked_add(cost)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn published(last: Amount) -> LockCost {
        LockCost {
            minimum: Amount::from_hetu(100),
            last,
            reduction_interval: NonZeroU64::new(14_400).unwrap(),
        }
    }

    #[test]
    fn the_price_doubles_and_falls_to_the_minimum() {
        let cost = published(Amount::from_hetu(300));
        assert_eq!(cost.after(0), Amount::from_hetu(600));
        assert_eq!(cost.after(7_200), Amount::from_hetu(450));
        assert_eq!(cost.after(14_400), Amount::from_hetu(300));
        assert_eq!(cost.after(28_799), "100.0".parse().unwrap());
        assert_eq!(cost.after(u64::MAX), Amount::from_hetu(100));
        assert_eq!(published(Amount::ZERO).after(0), Amount::from_hetu(100));
        let split = cost.split(Amount::from_hetu(450));
        assert_eq!((split.pooled, split.burned), (Amount::from_hetu(100), Amount::from_hetu(350)));
    }

    #[test]
    fn a_registration_needs_its_stake_and_its_cost() {
        let (stake, cost) = (Amount::from_hetu(200), Amount::from_hetu(1));
        assert_eq!(registration_requirement(stake, cost), Some(Amount::from_hetu(201)));
        assert_eq!(registration_requirement(Amount::MAX, cost), None);
    }

    proptest! {
        #[test]
        fn the_price_never_rises_with_time_nor_falls_below_the_minimum(
            last in any::<[u8; 32]>(), blocks in any::<u64>(), more in any::<u64>(),
        ) {
            let cost = published(Amount::from_be_bytes(last));
            prop_assert!(cost.after(blocks.saturating_add(more)) <= cost.after(blocks));
            prop_assert!(cost.after(blocks) >= cost.minimum);
            let split = cost.split(cost.after(blocks));
            prop_assert_eq!(split.pooled.saturating_add(split.burned), cost.after(blocks));
        }
    }
}
