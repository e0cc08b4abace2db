//! Subnets and what they cost.

use serde::{Deserialize, Serialize};

use super::{Block, Dendron, Hyperparameters};
use crate::{Address, Amount, NetUid};

/// What a new subnet is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubnet {
    /// The subnet's name; not empty.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The name of its token; not empty.
    pub token_name: String,
    /// The symbol of its token; not empty.
    pub token_symbol: String,
}

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

/// A subnet and its pool, together (`SubnetManager.getSubnetDetails`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubnetDetails {
    /// The subnet.
    pub subnet: Subnet,
    /// What one whole alpha token costs. On the published network it reads zero until the first
    /// trade.
    pub price: Amount,
    /// All that was ever traded, as HETU.
    pub volume: Amount,
    /// The WHETU in the pool.
    pub hetu_reserve: Amount,
    /// The alpha tokens in the pool.
    pub alpha_reserve: Amount,
}

/// The rules of registering subnets (`SubnetManager.getNetworkParams`). Spans are in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkParameters {
    /// The least that a subnet costs, and what of its price opens its pool.
    pub min_lock: Amount,
    /// What the last subnet cost.
    pub last_lock: Amount,
    /// The block in which it was registered.
    pub last_lock_block: u64,
    /// More blocks than these lie between two registrations.
    pub rate_limit: u64,
    /// In so many blocks the price falls by what the last subnet cost.
    pub reduction_interval: u64,
    /// How many subnets there are.
    pub subnets: u16,
}

/// What the owner of the SubnetManager decides about registering subnets. Spans are in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// The least that a subnet costs.
    pub min_lock: Amount,
    /// More blocks than these lie between two registrations.
    pub rate_limit: u64,
    /// In so many blocks the price falls by what the last subnet cost.
    pub reduction_interval: u64,
}

/// A subnet and all its dendrons at one block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubnetSnapshot {
    /// The block whose state this is.
    pub block: Block,
    /// The subnet.
    pub subnet: Subnet,
    /// The numbers that govern it.
    pub hyperparameters: Hyperparameters,
    /// Its dendrons, in the contract's order.
    pub dendrons: Vec<Dendron>,
}
