//! What it costs to found a subnet and to register a dendron.

use std::num::NonZeroU64;

use super::wide::multiply_divide_amount;
use crate::Amount;

/// The price of a new subnet, which doubles with each one and falls from block to block.
///
/// Source: `SubnetManager.getNetworkLockCost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockCost {
    /// The lowest price (`networkMinLock`).
    pub minimum: Amount,
    /// What the newest subnet paid (`networkLastLock`); zero if there is none.
    pub last: Amount,
    /// Blocks in which the price falls by what was paid last (`lockReductionInterval`).
    pub reduction_interval: NonZeroU64,
}

/// Where the price of a new subnet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockSplit {
    /// Into the subnet's pool, beside as much alpha.
    pub pooled: Amount,
    /// Out of the world.
    pub burned: Amount,
}

impl LockCost {
    /// The price when `blocks` blocks have passed since the newest subnet:
    /// `max(minimum, 2 last - floor(last * blocks / interval))`.
    pub fn after(&self, blocks: u64) -> Amount {
        let interval = Amount::from_wei(self.reduction_interval.get().into());
        let reduction =
            multiply_divide_amount(self.last, Amount::from_wei(blocks.into()), interval)
                .unwrap_or(Amount::MAX);
        self.last.saturating_add(self.last).saturating_sub(reduction).max(self.minimum)
    }

    /// What becomes of a `price`: the minimum opens the pool, and the rest is burned. Nothing is
    /// locked or given back.
    pub fn split(&self, price: Amount) -> LockSplit {
        let pooled = self.minimum.min(price);
        LockSplit { pooled, burned: price.saturating_sub(pooled) }
    }
}

/// What has to be staked and free for a registration with `stake` at a cost of `cost`
/// (`baseNeuronCost`): the stake is bound, and the cost goes to the treasury at each registration,
/// also of who was registered before. Nothing if no account can hold so much.
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
