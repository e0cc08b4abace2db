//! Dendrons: the registered participants of a subnet.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// The role of a dendron in its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// A dendron that serves compute.
    Miner,
    /// A dendron that queries and scores miners.
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

/// The address at which a dendron claims to be reachable: untrusted free text of its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RawEndpoint {
    /// A host name or address, or anything else.
    pub host: String,
    /// A port, or any other 32-bit number.
    pub port: u32,
}

impl RawEndpoint {
    /// Creates an endpoint from a host and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port: u32::from(port) }
    }

    /// Returns `true` if no endpoint was entered: validators need no endpoint.
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
    /// The role of the dendron.
    pub role: Role,
    /// `true` if its stake is above the threshold of its role.
    pub is_active: bool,
    /// The stake that it has allocated to the subnet, by `GlobalStaking.getSubnetAllocation`.
    pub stake: Amount,
    /// The block in which it registered.
    pub registered_at: u64,
    /// The time of the last change of its record, in seconds since 1970.
    pub last_update: u64,
    /// The endpoint at which it serves.
    pub endpoint: RawEndpoint,
    /// The endpoint of its metrics.
    pub metrics_endpoint: RawEndpoint,
}

impl Dendron {
    /// Creates a dendron without stake, and therefore inactive. All other fields are empty. For
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

/// The options of a registration in a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The subnet.
    pub netuid: NetUid,
    /// The role of the dendron.
    pub role: Role,
    /// The stake to allocate to the subnet; at least the threshold of the role.
    pub stake: Amount,
    /// The endpoint at which it serves; empty for a validator without one.
    pub endpoint: RawEndpoint,
    /// The endpoint of its metrics; empty for none.
    pub metrics_endpoint: RawEndpoint,
}

impl Registration {
    /// Creates the registration of a miner that serves at `endpoint`, without metrics.
    pub fn miner(netuid: impl Into<NetUid>, stake: Amount, endpoint: RawEndpoint) -> Self {
        let metrics_endpoint = RawEndpoint::default();
        Self { netuid: netuid.into(), role: Role::Miner, stake, endpoint, metrics_endpoint }
    }

    /// Creates the registration of a validator without an endpoint.
    pub fn validator(netuid: impl Into<NetUid>, stake: Amount) -> Self {
        Self { role: Role::Validator, ..Self::miner(netuid, stake, RawEndpoint::default()) }
    }
}
