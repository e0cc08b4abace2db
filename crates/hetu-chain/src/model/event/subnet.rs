//! Events of `SubnetManager`.

use serde::{Deserialize, Serialize};

use crate::model::Hyperparameters;
use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// An event of a subnet, or of the rules of registering one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubnetEvent {
    /// The registration of a subnet (`NetworkRegistered`).
    Registered {
        /// The number it received.
        netuid: NetUid,
        /// The account that registered it.
        owner: Address,
        /// Its token.
        alpha_token: Address,
        /// Its pool.
        pool: Address,
        /// The price that the owner paid.
        locked: Amount,
        /// The part of the price that opened the pool.
        pool_initial: Amount,
        /// The part of the price that was burned.
        burned: Amount,
        /// Its name: free text of its owner.
        name: String,
        /// Its hyperparameters.
        hyperparameters: Box<Hyperparameters>,
    },
    /// The activation of a subnet by its owner (`SubnetActivated`).
    Activated {
        /// The subnet.
        netuid: NetUid,
        /// Its owner.
        owner: Address,
        /// The time of the block, in seconds since 1970.
        time: u64,
    },
    /// A replacement of the hyperparameters of a subnet (`SubnetHyperparamsUpdated`; not on the
    /// published network).
    HyperparametersUpdated {
        /// The subnet.
        netuid: NetUid,
        /// The account that replaced them.
        updater: Address,
        /// All new hyperparameters.
        hyperparameters: Box<Hyperparameters>,
    },
    /// A change of a rule of registering subnets (`NetworkConfigUpdated`).
    NetworkParameterSet {
        /// The rule and its values.
        change: NetworkParameterChange,
        /// The account that set it.
        updater: Address,
    },
    /// A reset of the last lock cost, after which the next registration costs the minimum
    /// (`NetworkLockStateReset`; not on the published network).
    LockCostReset {
        /// The lock cost before the reset.
        previous: Amount,
        /// The account that reset it.
        updater: Address,
    },
}

/// A change of a rule of registering subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NetworkParameterChange {
    /// The minimum lock cost (`networkMinLock`).
    MinimumLock {
        /// The previous value.
        previous: Amount,
        /// The new value.
        current: Amount,
    },
    /// The number of blocks between two registrations (`networkRateLimit`).
    RateLimit {
        /// The previous value.
        previous: u64,
        /// The new value.
        current: u64,
    },
    /// The number of blocks in which the lock cost falls to the minimum (`lockReductionInterval`).
    LockReductionInterval {
        /// The previous value.
        previous: u64,
        /// The new value.
        current: u64,
    },
    /// A rule that this crate does not know: events hold only the hash of a rule's name.
    Other {
        /// The Keccak-256 hash of the name of the rule.
        name_hash: Bytes32,
        /// The previous value, a big-endian 256-bit integer.
        previous: Bytes32,
        /// The new value, a big-endian 256-bit integer.
        current: Bytes32,
    },
}

impl SubnetEvent {
    /// Returns the subnet, if the event is about one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Registered { netuid, .. }
            | Self::Activated { netuid, .. }
            | Self::HyperparametersUpdated { netuid, .. } => Some(*netuid),
            Self::NetworkParameterSet { .. } | Self::LockCostReset { .. } => None,
        }
    }
}
