//! Rewards, which are paid in the alpha token of their subnet.

use serde::{Deserialize, Serialize};

use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// The rewards of a subnet (`RewardDistributor.SubnetRewards`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubnetRewards {
    /// The sum of all payments in so far.
    pub funded: Amount,
    /// The sum of all payments out so far.
    pub claimed: Amount,
    /// The root from which rewards can be claimed; `None` before the first.
    pub root: Option<RewardRoot>,
    /// The root that is not claimable yet.
    pub pending: Option<PendingRoot>,
}

/// The amounts that accounts have earned until an epoch, as the root of a Merkle tree: see
/// [`RewardTree`](crate::model::RewardTree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardRoot {
    /// The root.
    pub root: Bytes32,
    /// The sum of all rewards under the root.
    pub total: Amount,
    /// The last epoch that the root covers.
    pub epoch: u64,
}

/// A root from which rewards cannot be claimed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingRoot {
    /// The root.
    pub root: RewardRoot,
    /// The first block in which rewards can be claimed from the root.
    pub claimable_from: u64,
}

/// The amount that an account has earned on a subnet, and the proof of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardClaim {
    /// The subnet.
    pub netuid: NetUid,
    /// The account that earned the rewards and receives the payment.
    pub account: Address,
    /// The total that it has earned so far, past payments included.
    pub cumulative: Amount,
    /// The path from its leaf to the root.
    pub proof: Vec<Bytes32>,
}
