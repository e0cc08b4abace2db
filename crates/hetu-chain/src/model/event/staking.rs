//! Events of `GlobalStaking`.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// What happened to somebody's stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StakingEvent {
    /// Stake was deposited (`GlobalStakeAdded`).
    Added {
        /// The staker.
        account: Address,
        /// How much.
        amount: Amount,
    },
    /// Stake was withdrawn (`GlobalStakeRemoved`).
    Removed {
        /// The staker.
        account: Address,
        /// How much.
        amount: Amount,
    },
    /// The stake that is bound to a subnet changed (`SubnetAllocationChanged`).
    AllocationChanged {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// Bound until now.
        previous: Amount,
        /// Bound from now on.
        current: Amount,
    },
    /// The staker released stake from a subnet (`DeallocatedFromSubnet`).
    Deallocated {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// How much.
        amount: Amount,
    },
    /// A registration was paid for out of stake (`RegistrationCost`).
    RegistrationCharged {
        /// The staker.
        account: Address,
        /// The subnet.
        netuid: NetUid,
        /// What it cost.
        cost: Amount,
    },
    /// An authorized caller was named or dismissed (`AuthorizedCallerUpdated`).
    AuthorizedCallerUpdated {
        /// The caller.
        caller: Address,
        /// Whether it is authorized from now on.
        is_authorized: bool,
    },
    /// Another contract manages dendrons (`DendronManagerUpdated`; not on the published network).
    DendronManagerReplaced {
        /// Until now.
        previous: Address,
        /// From now on.
        current: Address,
    },
    /// Costs go to somebody else (`TreasuryUpdated`; not on the published network).
    TreasuryReplaced {
        /// Until now.
        previous: Address,
        /// From now on.
        current: Address,
    },
}

impl StakingEvent {
    /// The subnet, if it is about one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::AllocationChanged { netuid, .. }
            | Self::Deallocated { netuid, .. }
            | Self::RegistrationCharged { netuid, .. } => Some(*netuid),
            _ => None,
        }
    }
}
