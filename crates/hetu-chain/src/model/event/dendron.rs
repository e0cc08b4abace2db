//! Events of `DendronManager` (published as `NeuronManager`).

use serde::{Deserialize, Serialize};

use crate::model::{RawEndpoint, Role};
use crate::{Address, Amount, NetUid};

/// An event of a dendron.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DendronEvent {
    /// The dendron registered (`NeuronRegistered`).
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
    /// The dendron deregistered, or was pruned (`NeuronDeregistered`).
    Deregistered {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
    },
    /// The endpoints of the dendron changed (`ServiceUpdated`).
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
    /// The stake in the record of the dendron changed (`StakeAllocationChanged`). On the published
    /// network any account can write that record. [`StakingEvent::AllocationChanged`] reports the
    /// stake itself.
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
    /// The stake of the dendron fell below the threshold of its role, or reached it again
    /// (`NeuronActivityChanged`; not on the published network).
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
    /// The reward distributor was authorized or lost its authorization (`AuthorizedCallerUpdated`).
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
