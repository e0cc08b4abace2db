//! The state of the miner on chain.

use hetu_chain::Address;
use hetu_chain::model::{RawEndpoint, Role};
use hetu_metastruct::View;

/// The state of the miner on chain, as in the cached subnet view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RegistrationState {
    /// An active miner at this endpoint.
    Confirmed,
    /// No registration: the miner left, or it was pruned.
    NotRegistered,
    /// A registration with another role.
    NotAMiner,
    /// A stake below the minimum of the subnet.
    Inactive,
    /// Another endpoint, which is changed as soon as possible.
    EndpointPending,
    /// Another endpoint, set by another process with the same key.
    EndpointDiffers,
}

impl RegistrationState {
    pub(crate) const ALL: [Self; 6] = [
        Self::Confirmed,
        Self::NotRegistered,
        Self::NotAMiner,
        Self::Inactive,
        Self::EndpointPending,
        Self::EndpointDiffers,
    ];

    /// Returns the state in `view` of the miner that serves at `endpoint`.
    pub(super) fn of(
        view: &View,
        address: Address,
        endpoint: &RawEndpoint,
        is_pending: bool,
    ) -> Self {
        let Some(member) = view.get(address) else { return Self::NotRegistered };
        let dendron = &member.dendron;
        if dendron.role != Role::Miner {
            Self::NotAMiner
        } else if dendron.endpoint != *endpoint {
            if is_pending { Self::EndpointPending } else { Self::EndpointDiffers }
        } else if dendron.is_active {
            Self::Confirmed
        } else {
            Self::Inactive
        }
    }

    /// Returns the name in metrics and in the readiness document.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NotRegistered => "not_registered",
            Self::NotAMiner => "not_a_miner",
            Self::Inactive => "inactive",
            Self::EndpointPending => "endpoint_pending",
            Self::EndpointDiffers => "endpoint_differs",
        }
    }
}
