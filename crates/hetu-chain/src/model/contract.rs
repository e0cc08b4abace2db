//! One of the Hetu contracts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::NetUid;

/// A contract of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Contract {
    /// The wrapped HETU token.
    Whetu,
    /// The contract that holds stake and its allocation to subnets.
    GlobalStaking,
    /// The contract of subnets and their hyperparameters.
    SubnetManager,
    /// The contract of dendrons (published as `NeuronManager`).
    DendronManager,
    /// The contract of the weights that validators set.
    Weights,
    /// The factory that creates the pool of each subnet.
    AmmFactory,
    /// The contract that pays rewards.
    RewardDistributor,
    /// A timelock that owns other contracts.
    Timelock,
    /// The token of this subnet.
    AlphaToken(NetUid),
    /// The pool of this subnet.
    Pool(NetUid),
}

impl Contract {
    /// Returns the subnet of the contract, or `None` if the contract belongs to the whole network.
    pub const fn netuid(self) -> Option<NetUid> {
        match self {
            Self::AlphaToken(netuid) | Self::Pool(netuid) => Some(netuid),
            _ => None,
        }
    }
}

impl fmt::Display for Contract {
    /// Writes the name of the Solidity contract, and of its subnet.
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
