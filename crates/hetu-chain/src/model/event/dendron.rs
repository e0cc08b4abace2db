//! Events of `DendronManager` (published as `NeuronManager`).

use serde::{Deserialize, Serialize};

use crate::model::{RawEndpoint, Role};
use crate::{Address, Amount, NetUid};

/// An event of a dendron.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DendronEvent {
    /// The registration of the dendron (`NeuronRegistered`).
    Registered {
        /// The subnet.
        netuid: NetUid,
        /// The account, which signs for the dendron.
        account: Address,
        /// The stake that it allocated to the subnet.
        stake: Amount,
        /// The role that it received.
        role: Role,
        /// The role that it requested.
        requested_role: Role,
        /// The endpoint at which it serves.
        endpoint: RawEndpoint,
        /// The endpoint of its metrics.
        metrics_endpoint: RawEndpoint,
    },
    /// The deregistration or the pruning of the dendron (`NeuronDeregistered`).
    Deregistered {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
    },
    /// A change of the endpoints of the dendron (`ServiceUpdated`).
    EndpointsUpdated {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
        /// The new endpoint at which it serves.
        endpoint: RawEndpoint,
        /// The new endpoint of its metrics.
        metrics_endpoint: RawEndpoint,
    },
    /// A change of the stake in the record of the dendron (`StakeAllocationChanged`). On the
    /// published network any account can write that record. [`StakingEvent::AllocationChanged`]
    /// reports the stake itself.
    ///
    /// [`StakingEvent::AllocationChanged`]: crate::model::StakingEvent::AllocationChanged
    StakeChanged {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
        /// The previous stake.
        previous: Amount,
        /// The new stake.
        current: Amount,
    },
    /// A fall of the dendron's stake below the threshold of its role, or its return to the
    /// threshold (`NeuronActivityChanged`; not on the published network).
    ActivityChanged {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
        /// `true` if it is now active.
        is_active: bool,
        /// Its stake.
        stake: Amount,
    },
    /// A change of the authorization of the reward distributor (`AuthorizedCallerUpdated`).
    AuthorizedCallerUpdated {
        /// The caller.
        caller: Address,
        /// `true` if it is now authorized.
        is_authorized: bool,
    },
}

impl DendronEvent {
    /// Returns the subnet, if the event is about a dendron of one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Registered { netuid, .. }
            | Self::Deregistered { netuid, .. }
            | Self::EndpointsUpdated { netuid, .. }
            | Self::StakeChanged { netuid, .. }
            | Self::ActivityChanged { netuid, .. } => Some(*netuid),
            Self::AuthorizedCallerUpdated { .. } => None,
        }
    }
}
