//! Subnets and their costs.

use serde::{Deserialize, Serialize};

use super::{Block, Dendron, Hyperparameters};
use crate::{Address, Amount, NetUid};

/// The names of a new subnet and its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubnet {
    /// The subnet's name; not empty.
    pub name: String,
    /// The purpose of the subnet.
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
    /// The account that registered it and may activate it.
    pub owner: Address,
    /// The subnet's own ERC-20 token.
    pub alpha_token: Address,
    /// The pool that trades the subnet's token against WHETU.
    pub pool: Address,
    /// The price that the owner paid, including the burned part.
    pub locked: Amount,
    /// The part of the price that opened the pool.
    pub pool_initial: Amount,
    /// The part of the price that was burned.
    pub burned: Amount,
    /// The time of its registration, in seconds since 1970.
    pub created_at: u64,
    /// `true` if dendrons may register.
    pub is_active: bool,
    /// Its name.
    pub name: String,
    /// The purpose of the subnet.
    pub description: String,
}

/// A subnet together with its pool (`SubnetManager.getSubnetDetails`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubnetDetails {
    /// The subnet.
    pub subnet: Subnet,
    /// The price of one whole alpha token. On the published network it is zero until the first
    /// trade.
    pub price: Amount,
    /// The total volume traded, as HETU.
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
    /// The minimum price of a subnet, and the part of the price that opens its pool.
    pub min_lock: Amount,
    /// The price of the last subnet.
    pub last_lock: Amount,
    /// The block in which it was registered.
    pub last_lock_block: u64,
    /// The number of blocks that must be exceeded between two registrations.
    pub rate_limit: u64,
    /// The number of blocks in which the price falls by the price of the last subnet.
    pub reduction_interval: u64,
    /// The number of subnets.
    pub subnets: u16,
}

/// The rules of registering subnets that the owner of the SubnetManager sets. Spans are in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRules {
    /// The minimum price of a subnet.
    pub min_lock: Amount,
    /// The number of blocks that must be exceeded between two registrations.
    pub rate_limit: u64,
    /// The number of blocks in which the price falls by the price of the last subnet.
    pub reduction_interval: u64,
}

/// A subnet and all its dendrons at one block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubnetSnapshot {
    /// The block of the state.
    pub block: Block,
    /// The subnet.
    pub subnet: Subnet,
    /// Its hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// Its dendrons, in the contract's order.
    pub dendrons: Vec<Dendron>,
}
