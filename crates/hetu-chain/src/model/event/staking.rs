//! Events of `GlobalStaking`.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// An event of stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StakingEvent {
    /// A deposit of stake (`GlobalStakeAdded`).
    Added {
        /// The staker.
        account: Address,
        /// The amount deposited.
        amount: Amount,
    },
    /// A withdrawal of stake (`GlobalStakeRemoved`).
    Removed {
        /// The staker.
        account: Address,
        /// The amount withdrawn.
        amount: Amount,
    },
    /// A change of the stake that an account allocates to a subnet (`SubnetAllocationChanged`).
    AllocationChanged {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// The previous allocation.
        previous: Amount,
        /// The new allocation.
        current: Amount,
    },
    /// A release of stake from a subnet (`DeallocatedFromSubnet`).
    Deallocated {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// The amount released.
        amount: Amount,
    },
    /// A payment of the cost of a registration out of stake (`RegistrationCost`).
    RegistrationCharged {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// The cost of the registration.
        cost: Amount,
    },
    /// A change of the authorization of a caller (`AuthorizedCallerUpdated`).
    AuthorizedCallerUpdated {
        /// The caller.
        caller: Address,
        /// `true` if it is now authorized.
        is_authorized: bool,
    },
    /// A change of the contract that manages dendrons (`DendronManagerUpdated`; not on the
    /// published network).
    DendronManagerReplaced {
        /// The previous contract.
        previous: Address,
        /// The new contract.
        current: Address,
    },
    /// A change of the account that receives registration costs (`TreasuryUpdated`; not on the
    /// published network).
    TreasuryReplaced {
        /// The previous account.
        previous: Address,
        /// The new account.
        current: Address,
    },
}

impl StakingEvent {
    /// Returns the subnet, if the event is about one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::AllocationChanged { netuid, .. }
            | Self::Deallocated { netuid, .. }
            | Self::RegistrationCharged { netuid, .. } => Some(*netuid),
            _ => None,
        }
    }
}
