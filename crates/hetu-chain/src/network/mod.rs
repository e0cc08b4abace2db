//! Networks: the chain, its endpoints and the addresses of its contracts.

mod addresses;
mod config;
mod error;
mod fees;
mod file;
mod localnet;
mod localnet_files;
pub mod presets;
mod rpc_url;

pub use addresses::AddressFile;
pub use config::{Networks, hetu_home};
pub use error::NetworkError;
pub use fees::FeeCeilings;
pub use localnet::Announcement;
pub use rpc_url::{InvalidRpcUrl, RpcUrl};

use crate::ChainId;
use crate::primitives::ContractAddresses;

/// A chain with the Hetu contracts, and its endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The name by which a user selects it.
    pub name: String,
    /// The required result of `eth_chainId`.
    pub chain_id: ChainId,
    /// JSON-RPC endpoints, in order of preference: at least one for calls, and any number with `ws`
    /// or `wss` for subscriptions, which report new blocks at once.
    pub endpoints: Vec<RpcUrl>,
    /// The addresses of the contracts.
    pub contracts: ContractAddresses,
    /// `true` if dendrons may have private and loopback addresses: on local networks only, because
    /// elsewhere such an address makes a client attack its own network.
    pub allows_private_addresses: bool,
    /// Default ceilings on the gas fees of transactions.
    pub fees: FeeCeilings,
}

impl Network {
    /// Creates a network with one endpoint.
    pub fn new(
        name: impl Into<String>,
        chain_id: ChainId,
        endpoint: RpcUrl,
        contracts: ContractAddresses,
    ) -> Self {
        Self {
            name: name.into(),
            chain_id,
            endpoints: vec![endpoint],
            contracts,
            allows_private_addresses: false,
            fees: FeeCeilings::default(),
        }
    }

    /// Replaces all endpoints by `endpoint`.
    #[must_use]
    pub fn at_endpoint(mut self, endpoint: RpcUrl) -> Self {
        self.endpoints = vec![endpoint];
        self
    }

    /// Allows dendrons at private and loopback addresses.
    #[must_use]
    pub fn allowing_private_addresses(mut self) -> Self {
        self.allows_private_addresses = true;
        self
    }
}
