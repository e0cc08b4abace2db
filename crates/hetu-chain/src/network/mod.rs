//! Which chain, reached where, with the contracts at which addresses.

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

/// A chain with the Hetu contracts on it, and where to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// The name by which people ask for it.
    pub name: String,
    /// What `eth_chainId` must answer.
    pub chain_id: ChainId,
    /// JSON-RPC endpoints, in order of preference: at least one to call, and any number with `ws`
    /// or `wss`, which are subscribed to so that new blocks are heard of at once.
    pub endpoints: Vec<RpcUrl>,
    /// Where the contracts stand.
    pub contracts: ContractAddresses,
    /// Whether dendrons may be reached at private and loopback addresses: on local networks only,
    /// because elsewhere such an address makes its reader attack its own network.
    pub allows_private_addresses: bool,
    /// Default ceilings on what transactions pay for gas.
    pub fees: FeeCeilings,
}

impl Network {
    /// A network that is reached at one endpoint.
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

    /// The same network reached at `endpoint` alone.
    #[must_use]
    pub fn at_endpoint(mut self, endpoint: RpcUrl) -> Self {
        self.endpoints = vec![endpoint];
        self
    }

    /// The same network, with dendrons at private and loopback addresses allowed.
    #[must_use]
    pub fn allowing_private_addresses(mut self) -> Self {
        self.allows_private_addresses = true;
        self
    }
}
