//! Subnets and the numbers that govern them.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// A registered subnet (`SubnetManager.SubnetInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subnet {
    /// The number of the subnet.
    pub netuid: NetUid,
    /// Who registered it and may activate it.
    pub owner: Address,
    /// The subnet's own ERC-20 token.
    pub alpha_token: Address,
    /// The pool that trades the subnet's token against WHETU.
    pub pool: Address,
    /// What the owner paid, burned part included.
    pub locked: Amount,
    /// The part of the price that opened the pool.
    pub pool_initial: Amount,
    /// The part of the price that was burned.
    pub burned: Amount,
    /// When it was registered, in seconds since 1970.
    pub created_at: u64,
    /// Whether dendrons may register.
    pub is_active: bool,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// The numbers that govern a subnet (`SubnetManager.SubnetHyperparams`, in that order).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hyperparameters {
    /// Exponent of incentive, in ten-thousandths.
    pub rho: u16,
    /// Majority of stake that agrees on a weight, of 65,535.
    pub kappa: u16,
    /// Blocks in which a new dendron cannot be replaced.
    pub immunity_period: u16,
    /// An epoch has `tempo + 1` blocks.
    pub tempo: u16,
    /// How many validators the subnet wants.
    pub max_validators: u16,
    /// Blocks without weights after which a validator counts as inactive.
    pub activity_cutoff: u16,
    /// How many dendrons may register.
    pub max_allowed_uids: u16,
    /// How many validators may register.
    pub max_allowed_validators: u16,
    /// The fewest weights a validator may set.
    pub min_allowed_weights: u16,
    /// The most weights a validator may set.
    pub max_weights_limit: u16,
    /// What a registration costs.
    pub base_dendron_cost: Amount,
    /// Stored, without effect.
    pub current_difficulty: u64,
    /// Stored, without effect.
    pub target_registrations_per_interval: u16,
    /// How many dendrons may register in one block.
    pub max_registrations_per_block: u16,
    /// Blocks a validator waits between two settings of weights.
    pub weights_rate_limit: u64,
    /// Whether dendrons may register at all.
    pub registration_allowed: bool,
    /// Whether weights are committed before they are revealed.
    pub commit_reveal_enabled: bool,
    /// Blocks between commit and reveal.
    pub commit_reveal_period: u64,
    /// Blocks a dendron waits between two changes of its endpoint.
    pub serving_rate_limit: u64,
    /// The least stake of a validator.
    pub validator_threshold: Amount,
    /// The least stake of a miner.
    pub dendron_threshold: Amount,
}
