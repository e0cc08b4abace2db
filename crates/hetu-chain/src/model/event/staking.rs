//! Events of `GlobalStaking`.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// An event of stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StakingEvent {
    /// Stake was deposited (`GlobalStakeAdded`).
    Added {
        /// The staker.
        account: Address,
        /// The amount deposited.
        amount: Amount,
    },
    /// Stake was withdrawn (`GlobalStakeRemoved`).
    Removed {
        /// The staker.
        account: Address,
        /// The amount withdrawn.
        amount: Amount,
    },
    /// The stake that an account allocates to a subnet changed (`SubnetAllocationChanged`).
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
    /// The staker released stake from a subnet (`DeallocatedFromSubnet`).
    Deallocated {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// The amount released.
        amount: Amount,
    },
    /// The cost of a registration was taken from stake (`RegistrationCost`).
    RegistrationCharged {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// The cost of the registration.
        cost: Amount,
    },
    /// A caller was authorized or lost its authorization (`AuthorizedCallerUpdated`).
    AuthorizedCallerUpdated {
        /// The caller.
        caller: Address,
        /// `true` if it is now authorized.
        is_authorized: bool,
    },
    /// The contract that manages dendrons changed (`DendronManagerUpdated`; not on the published
    /// network).
    DendronManagerReplaced {
        /// The previous contract.
        previous: Address,
        /// The new contract.
        current: Address,
    },
    /// The account that receives registration costs changed (`TreasuryUpdated`; not on the
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
