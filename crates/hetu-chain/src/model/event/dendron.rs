//! Events of `DendronManager` (published as `NeuronManager`).

use serde::{Deserialize, Serialize};

use crate::model::{RawEndpoint, Role};
use crate::{Address, Amount, NetUid};

/// What happened to a dendron.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DendronEvent {
    /// It joined (`NeuronRegistered`).
    Registered {
        /// The subnet.
        netuid: NetUid,
        /// The account, which signs for the dendron.
        account: Address,
        /// What it allocated to the subnet.
        stake: Amount,
        /// What it does.
        role: Role,
        /// What it asked to do.
        requested_role: Role,
        /// Where it serves.
        endpoint: RawEndpoint,
        /// Where its metrics are.
        metrics_endpoint: RawEndpoint,
    },
    /// It left, or was pruned (`NeuronDeregistered`).
    Deregistered {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
    },
    /// Its endpoints moved (`ServiceUpdated`).
    EndpointsUpdated {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
        /// Where it serves from now on.
        endpoint: RawEndpoint,
        /// Where its metrics are from now on.
        metrics_endpoint: RawEndpoint,
    },
    /// The stake of its record changed (`StakeAllocationChanged`). On the published network
    /// anybody can write that record; [`StakingEvent::AllocationChanged`] is about the stake
    /// itself.
    ///
    /// [`StakingEvent::AllocationChanged`]: crate::model::StakingEvent::AllocationChanged
    StakeChanged {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
        /// Until now.
        previous: Amount,
        /// From now on.
        current: Amount,
    },
    /// Its stake fell below the threshold of its role, or reached it again
    /// (`NeuronActivityChanged`; not on the published network).
    ActivityChanged {
        /// The subnet.
        netuid: NetUid,
        /// The dendron.
        account: Address,
        /// Whether it is active from now on.
        is_active: bool,
        /// Its stake.
        stake: Amount,
    },
    /// The reward distributor was named or dismissed (`AuthorizedCallerUpdated`).
    AuthorizedCallerUpdated {
        /// The caller.
        caller: Address,
        /// Whether it is authorized from now on.
        is_authorized: bool,
    },
}

impl DendronEvent {
    /// The subnet, if it is about a dendron of one.
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
