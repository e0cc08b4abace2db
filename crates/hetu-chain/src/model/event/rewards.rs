//! Events of `RewardDistributor`, which the published network does not have.

use serde::{Deserialize, Serialize};

use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// What happened to rewards, which are paid in the alpha token of their subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RewardsEvent {
    /// Rewards were paid in (`RewardsFunded`).
    Funded {
        /// The subnet.
        netuid: NetUid,
        /// Who paid.
        funder: Address,
        /// How much.
        amount: Amount,
        /// All that was ever paid in.
        total: Amount,
    },
    /// A reward was paid out (`RewardClaimed`).
    Claimed {
        /// The subnet.
        netuid: NetUid,
        /// Who earned it.
        account: Address,
        /// How much.
        amount: Amount,
        /// All that was ever paid to it.
        cumulative: Amount,
    },
    /// A keeper published who earned what (`RootPublished`).
    RootPublished {
        /// The subnet.
        netuid: NetUid,
        /// The epoch until which it counts.
        epoch: u64,
        /// The Merkle root.
        root: Bytes32,
        /// The sum of all it grants.
        total: Amount,
        /// The first block in which it can be claimed from.
        claimable_from: u64,
    },
    /// It was withdrawn before it could be claimed from (`RootVetoed`).
    RootVetoed {
        /// The subnet.
        netuid: NetUid,
        /// Its epoch.
        epoch: u64,
        /// The Merkle root.
        root: Bytes32,
        /// Who withdrew it.
        guardian: Address,
    },
    /// A keeper was named or dismissed (`KeeperUpdated`).
    KeeperUpdated {
        /// Who.
        keeper: Address,
        /// Whether it may publish roots from now on.
        is_allowed: bool,
    },
    /// A guardian was named or dismissed (`GuardianUpdated`).
    GuardianUpdated {
        /// Who.
        guardian: Address,
        /// Whether it may withdraw roots and pause claims from now on.
        is_allowed: bool,
    },
    /// Roots wait longer or shorter until they can be claimed from (`RootDelayUpdated`).
    RootDelayUpdated {
        /// Until now, in blocks.
        previous: u64,
        /// From now on, in blocks.
        current: u64,
    },
    /// Claims were stopped (`Paused`).
    Paused {
        /// Who stopped them.
        account: Address,
    },
    /// Claims go on (`Unpaused`).
    Unpaused {
        /// Who let them.
        account: Address,
    },
}

impl RewardsEvent {
    /// The subnet, if it is about one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Funded { netuid, .. }
            | Self::Claimed { netuid, .. }
            | Self::RootPublished { netuid, .. }
            | Self::RootVetoed { netuid, .. } => Some(*netuid),
            _ => None,
        }
    }
}
