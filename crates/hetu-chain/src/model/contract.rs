//! Which of the Hetu contracts is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::NetUid;

/// One of the contracts of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Contract {
    /// Wrapped HETU.
    Whetu,
    /// Stake and its allocation to subnets.
    GlobalStaking,
    /// Subnets and their hyperparameters.
    SubnetManager,
    /// Dendrons (published as `NeuronManager`).
    DendronManager,
    /// The weights that validators give.
    Weights,
    /// Creator of each subnet's pool.
    AmmFactory,
    /// Payment of rewards.
    RewardDistributor,
    /// A timelock that owns other contracts.
    Timelock,
    /// The token of this subnet.
    AlphaToken(NetUid),
    /// The pool of this subnet.
    Pool(NetUid),
}

impl Contract {
    /// The subnet that the contract belongs to, if it is not the whole network's.
    pub const fn netuid(self) -> Option<NetUid> {
        match self {
            Self::AlphaToken(netuid) | Self::Pool(netuid) => Some(netuid),
            _ => None,
        }
    }
}

impl fmt::Display for Contract {
    /// The name of the Solidity contract, and of its subnet.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whetu => formatter.pad("WHETU"),
            Self::GlobalStaking => formatter.pad("GlobalStaking"),
            Self::SubnetManager => formatter.pad("SubnetManager"),
            Self::DendronManager => formatter.pad("DendronManager"),
            Self::Weights => formatter.pad("Weights"),
            Self::AmmFactory => formatter.pad("SubnetAMMFactory"),
            Self::RewardDistributor => formatter.pad("RewardDistributor"),
            Self::Timelock => formatter.pad("HetuTimelock"),
            Self::AlphaToken(netuid) => write!(formatter, "AlphaToken of subnet {netuid}"),
            Self::Pool(netuid) => write!(formatter, "SubnetAMM of subnet {netuid}"),
        }
    }
}
