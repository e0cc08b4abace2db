//! Rewards, which are paid in the alpha token of their subnet.

use serde::{Deserialize, Serialize};

use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// The rewards of a subnet (`RewardDistributor.SubnetRewards`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubnetRewards {
    /// All that was ever paid in.
    pub funded: Amount,
    /// All that was ever paid out.
    pub claimed: Amount,
    /// The root that can be claimed from; nothing before the first.
    pub root: Option<RewardRoot>,
    /// The root that waits.
    pub pending: Option<PendingRoot>,
}

/// Who earned what until an epoch, as the root of a Merkle tree: see
/// [`RewardTree`](crate::model::RewardTree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardRoot {
    /// The root.
    pub root: Bytes32,
    /// The sum of all it grants.
    pub total: Amount,
    /// The epoch until which it counts.
    pub epoch: u64,
}

/// A root that cannot be claimed from yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingRoot {
    /// The root.
    pub root: RewardRoot,
    /// The first block in which it can be claimed from.
    pub claimable_from: u64,
}

/// What an account has earned on a subnet, and the proof of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardClaim {
    /// The subnet.
    pub netuid: NetUid,
    /// Who earned it, and is paid.
    pub account: Address,
    /// All that it has earned so far, payments of the past included.
    pub cumulative: Amount,
    /// The path from its leaf to the root.
    pub proof: Vec<Bytes32>,
}
