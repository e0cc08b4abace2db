//! Stake and its allocation.

use serde::{Deserialize, Serialize};

use crate::Amount;

/// An account's stake (`GlobalStaking.StakeInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stake {
    /// The total that was staked and not withdrawn.
    pub total: Amount,
    /// The part that is allocated to subnets.
    pub allocated: Amount,
    /// The part that was spent on registrations.
    pub spent: Amount,
    /// The block of the last change.
    pub last_update: u64,
}

impl Stake {
    /// Returns the amount that can be allocated or withdrawn.
    pub fn available(&self) -> Amount {
        self.total.saturating_sub(self.allocated).saturating_sub(self.spent)
    }
}

/// An account's stake in one subnet (`GlobalStaking.SubnetAllocation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Allocation {
    /// The amount that is allocated to the subnet.
    pub allocated: Amount,
    /// The amount that was spent on registrations in the subnet.
    pub spent: Amount,
    /// The block of the last change.
    pub last_update: u64,
}
