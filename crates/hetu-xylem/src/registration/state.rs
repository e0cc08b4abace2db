//! How the miner stands on chain.

use hetu_chain::Address;
use hetu_chain::model::{RawEndpoint, Role};
use hetu_metastruct::View;

/// How the miner stands on chain, as the picture of the subnet shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RegistrationState {
    /// As an active miner at this endpoint.
    Confirmed,
    /// Not at all: it left, or it was pruned.
    NotRegistered,
    /// As something else than a miner.
    NotAMiner,
    /// With less stake than the subnet asks of a miner.
    Inactive,
    /// At another endpoint, which is to be changed as soon as that is possible.
    EndpointPending,
    /// At another endpoint, which somebody else with the same key chose.
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

    /// What `view` shows of the miner that serves at `endpoint`.
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

    /// Its name in metrics and in the document of readiness.
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
