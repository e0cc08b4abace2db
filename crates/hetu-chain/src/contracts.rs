//! Where the contracts of a network stand.

use serde::{Deserialize, Serialize};

use crate::Address;

/// The addresses of the Hetu contracts on one network.
///
/// The addresses of a subnet's own contracts (its token and its pool) are read from
/// `SubnetManager.getSubnetInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContractAddresses {
    /// Wrapped HETU, the ERC-20 token that is staked and locked.
    pub whetu: Address,
    /// Stake and its allocation to subnets.
    pub global_staking: Address,
    /// Creator of each subnet's pool.
    pub amm_factory: Address,
    /// Subnets and their hyperparameters.
    pub subnet_manager: Address,
    /// Dendrons: the registered miners and validators (published as `NeuronManager`).
    #[serde(alias = "neuron_manager")]
    pub dendron_manager: Address,
    /// The weights that validators give to miners.
    pub weights: Address,
}
