//! Events of `SubnetManager`.

use serde::{Deserialize, Serialize};

use crate::model::Hyperparameters;
use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// What happened to a subnet, or to the rules of registering one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubnetEvent {
    /// A subnet was registered (`NetworkRegistered`).
    Registered {
        /// The number it received.
        netuid: NetUid,
        /// Who registered it.
        owner: Address,
        /// Its token.
        alpha_token: Address,
        /// Its pool.
        pool: Address,
        /// What the owner paid.
        locked: Amount,
        /// The part of it that opened the pool.
        pool_initial: Amount,
        /// The part of it that was burned.
        burned: Amount,
        /// Its name: free text of its owner.
        name: String,
        /// Its rules.
        hyperparameters: Box<Hyperparameters>,
    },
    /// Its owner opened it to dendrons (`SubnetActivated`).
    Activated {
        /// The subnet.
        netuid: NetUid,
        /// Its owner.
        owner: Address,
        /// The time of the block, in seconds since 1970.
        time: u64,
    },
    /// Its rules were replaced by these (`SubnetHyperparamsUpdated`; not on the published network).
    HyperparametersUpdated {
        /// The subnet.
        netuid: NetUid,
        /// Who replaced them.
        updater: Address,
        /// All its rules from now on.
        hyperparameters: Box<Hyperparameters>,
    },
    /// A rule of registering subnets was set (`NetworkConfigUpdated`).
    NetworkParameterSet {
        /// Which one, and to what.
        change: NetworkParameterChange,
        /// Who set it.
        updater: Address,
    },
    /// The last lock cost was forgotten, so that the next one is the least
    /// (`NetworkLockStateReset`; not on the published network).
    LockCostReset {
        /// The lock cost that was forgotten.
        previous: Amount,
        /// Who did it.
        updater: Address,
    },
}

/// A rule of registering subnets that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NetworkParameterChange {
    /// The least lock cost (`networkMinLock`).
    MinimumLock {
        /// Until now.
        previous: Amount,
        /// From now on.
        current: Amount,
    },
    /// Blocks between two registrations (`networkRateLimit`).
    RateLimit {
        /// Until now.
        previous: u64,
        /// From now on.
        current: u64,
    },
    /// Blocks in which the lock cost falls to the least one (`lockReductionInterval`).
    LockReductionInterval {
        /// Until now.
        previous: u64,
        /// From now on.
        current: u64,
    },
    /// A rule that is not known here: events hold only the hash of a rule's name.
    Other {
        /// The Keccak-256 hash of its name.
        name_hash: Bytes32,
        /// Until now, a big-endian 256-bit integer.
        previous: Bytes32,
        /// From now on, a big-endian 256-bit integer.
        current: Bytes32,
    },
}

impl SubnetEvent {
    /// The subnet, if it is about one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Registered { netuid, .. }
            | Self::Activated { netuid, .. }
            | Self::HyperparametersUpdated { netuid, .. } => Some(*netuid),
            Self::NetworkParameterSet { .. } | Self::LockCostReset { .. } => None,
        }
    }
}
