//! Events of `RewardDistributor`, which the published network does not have.

use serde::{Deserialize, Serialize};

use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// An event of rewards, which are paid in the alpha token of their subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RewardsEvent {
    /// A payment of rewards into the contract (`RewardsFunded`).
    Funded {
        /// The subnet.
        netuid: NetUid,
        /// The account that paid.
        funder: Address,
        /// The amount paid in.
        amount: Amount,
        /// The sum of all payments in so far.
        total: Amount,
    },
    /// A payment of a reward to an account (`RewardClaimed`).
    Claimed {
        /// The subnet.
        netuid: NetUid,
        /// The account that earned it.
        account: Address,
        /// The amount paid out.
        amount: Amount,
        /// The sum of all payments to the account so far.
        cumulative: Amount,
    },
    /// The publication, by a keeper, of the root of the earned rewards (`RootPublished`).
    RootPublished {
        /// The subnet.
        netuid: NetUid,
        /// The last epoch that the root covers.
        epoch: u64,
        /// The Merkle root.
        root: Bytes32,
        /// The sum of all rewards under the root.
        total: Amount,
        /// The first block in which rewards can be claimed from the root.
        claimable_from: u64,
    },
    /// The veto of a root before rewards could be claimed from it (`RootVetoed`).
    RootVetoed {
        /// The subnet.
        netuid: NetUid,
        /// Its epoch.
        epoch: u64,
        /// The Merkle root.
        root: Bytes32,
        /// The guardian that vetoed it.
        guardian: Address,
    },
    /// The addition or removal of a keeper (`KeeperUpdated`).
    KeeperUpdated {
        /// The keeper.
        keeper: Address,
        /// `true` if it may now publish roots.
        is_allowed: bool,
    },
    /// The addition or removal of a guardian (`GuardianUpdated`).
    GuardianUpdated {
        /// The guardian.
        guardian: Address,
        /// `true` if it may now veto roots and pause claims.
        is_allowed: bool,
    },
    /// A change of the delay between the publication of a root and the first claim
    /// (`RootDelayUpdated`).
    RootDelayUpdated {
        /// The previous delay, in blocks.
        previous: u64,
        /// The new delay, in blocks.
        current: u64,
    },
    /// A pause of claims (`Paused`).
    Paused {
        /// The account that paused them.
        account: Address,
    },
    /// The end of a pause of claims (`Unpaused`).
    Unpaused {
        /// The account that resumed them.
        account: Address,
    },
}

impl RewardsEvent {
    /// Returns the subnet, if the event is about one.
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
