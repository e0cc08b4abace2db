//! The addresses of a network's contracts.

use serde::{Deserialize, Serialize};

use crate::Address;

/// The addresses of the Hetu contracts of one network.
///
/// The addresses of a subnet's own contracts (its token and its pool) are read from
/// `SubnetManager.getSubnetInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContractAddresses {
    /// The wrapped HETU token, the ERC-20 token that is staked and locked.
    pub whetu: Address,
    /// The contract of stake and its allocation to subnets.
    pub global_staking: Address,
    /// The factory that creates each subnet's pool.
    pub amm_factory: Address,
    /// The contract of subnets and their hyperparameters.
    pub subnet_manager: Address,
    /// The contract of dendrons: the registered miners and validators (published as
    /// `NeuronManager`).
    #[serde(alias = "neuron_manager")]
    pub dendron_manager: Address,
    /// The contract of the weights that validators give to miners.
    pub weights: Address,
    /// The contract that pays rewards by cumulative Merkle roots, if the network has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_distributor: Option<Address>,
    /// The contract that reads many records at once, if the network has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<Address>,
}

impl ContractAddresses {
    /// Returns the existing contracts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Address)> {
        let optional = [("RewardDistributor", self.reward_distributor), ("Lens", self.lens)];
        [
            ("WHETU", self.whetu),
            ("GlobalStaking", self.global_staking),
            ("SubnetAMMFactory", self.amm_factory),
            ("SubnetManager", self.subnet_manager),
            ("DendronManager", self.dendron_manager),
            ("Weights", self.weights),
        ]
        .into_iter()
        .chain(optional.into_iter().filter_map(|(name, address)| Some((name, address?))))
    }
}
