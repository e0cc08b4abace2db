//! Dendrons: the registered participants of a subnet.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// What a dendron does in its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// Serves compute.
    Miner,
    /// Queries and judges miners.
    Validator,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Miner => "miner",
            Self::Validator => "validator",
        })
    }
}

/// Where a dendron says it can be reached: free text of its owner, not to be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RawEndpoint {
    /// A host name or address, or anything else.
    pub host: String,
    /// A port, or any other 32-bit number.
    pub port: u32,
}

impl RawEndpoint {
    /// The endpoint `host`, `port`.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port: u32::from(port) }
    }

    /// True if nothing was entered: validators need no endpoint.
    pub fn is_empty(&self) -> bool {
        self.host.is_empty() && self.port == 0
    }
}

/// A registered participant of a subnet (`NeuronManager.NeuronInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dendron {
    /// The account, which signs for the dendron.
    pub address: Address,
    /// The subnet.
    pub netuid: NetUid,
    /// What it does.
    pub role: Role,
    /// Whether its stake is above the threshold of its role.
    pub is_active: bool,
    /// What it has allocated to the subnet, by `GlobalStaking.getSubnetAllocation`.
    pub stake: Amount,
    /// The block in which it registered.
    pub registered_at: u64,
    /// When its record last changed, in seconds since 1970.
    pub last_update: u64,
    /// Where it serves.
    pub endpoint: RawEndpoint,
    /// Where its metrics are.
    pub metrics_endpoint: RawEndpoint,
}

impl Dendron {
    /// A dendron without stake, and so inactive, of which nothing else is known: for telling of
    /// dendrons that were not read from a contract.
    pub fn new(netuid: impl Into<NetUid>, address: Address, role: Role) -> Self {
        Self {
            address,
            netuid: netuid.into(),
            role,
            is_active: false,
            stake: Amount::ZERO,
            registered_at: 0,
            last_update: 0,
            endpoint: RawEndpoint::default(),
            metrics_endpoint: RawEndpoint::default(),
        }
    }
}

/// How a wallet wants to take part in a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The subnet.
    pub netuid: NetUid,
    /// What the dendron does.
    pub role: Role,
    /// What is allocated to the subnet; at least the threshold of the role.
    pub stake: Amount,
    /// Where it serves; empty for validators that do not.
    pub endpoint: RawEndpoint,
    /// Where its metrics are; empty for none.
    pub metrics_endpoint: RawEndpoint,
}

impl Registration {
    /// A miner that serves at `endpoint`, without metrics.
    pub fn miner(netuid: impl Into<NetUid>, stake: Amount, endpoint: RawEndpoint) -> Self {
        let metrics_endpoint = RawEndpoint::default();
        Self { netuid: netuid.into(), role: Role::Miner, stake, endpoint, metrics_endpoint }
    }

    /// A validator that serves nothing.
    pub fn validator(netuid: impl Into<NetUid>, stake: Amount) -> Self {
        Self { role: Role::Validator, ..Self::miner(netuid, stake, RawEndpoint::default()) }
    }
}
