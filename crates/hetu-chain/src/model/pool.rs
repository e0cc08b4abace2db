//! Pools that trade alpha tokens against WHETU. Prices are in WHETU for one whole alpha.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::stakework::{AmmPool, Mechanism};
use crate::{Address, Amount, NetUid};

/// The limits of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeLimits {
    /// The minimum to receive: the contract refuses a trade that pays less. Zero accepts any price,
    /// also one that another trader manipulated after seeing the pending trade.
    pub at_least: Amount,
    /// The time to wait for the trade after it was sent. The contract does not know this limit. A
    /// trade that was not included in time may still be included later, at a price no worse than
    /// `at_least`, unless it is [cancelled](crate::client::Transactions::cancel).
    pub within: Duration,
}

/// A summary of a pool (`SubnetAMM.getPoolInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolInfo {
    /// The state that determines the price of a trade: [`AmmPool::preview`] returns the result of a
    /// trade.
    pub pool: AmmPool,
    /// Alpha that traders have bought from the pool and not sold back.
    pub alpha_outside: Amount,
    /// The price after the last change.
    pub price: Amount,
    /// The moving average of the price.
    pub moving_price: Amount,
    /// The total volume traded, as HETU.
    pub volume: Amount,
}

/// Statistics of a pool (`SubnetAMM.getStatistics`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// The total volume traded, as HETU.
    pub volume: Amount,
    /// The price after the last change.
    pub price: Amount,
    /// The moving average of the price.
    pub moving_price: Amount,
    /// The block of the last change.
    pub price_updated_at: u64,
    /// The sum of both reserves, as HETU at the current price.
    pub liquidity: Amount,
}

/// The expected result of a trade (`SubnetAMM.getSwapPreview`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TradeQuote {
    /// The amount received; zero if the trade is not possible.
    pub amount_out: Amount,
    /// The change of the price, in basis points.
    pub price_impact: u64,
    /// The price after the trade.
    pub price_after: Amount,
    /// `false` if the trade would leave too little in the pool.
    pub is_possible: bool,
}

/// The size of a trade relative to its pool (`SubnetAMM.checkLargeTradeWarning`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LargeTrade {
    /// `true` if the trade is at least a twentieth of the reserve that it is paid into.
    pub is_large: bool,
    /// The fraction of that reserve, in basis points.
    pub share_of_pool: u64,
    /// The warning text of the contract.
    pub warning: String,
}

/// The liquidity of a pool relative to its minimum (`SubnetAMM.getPoolHealth`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolHealth {
    /// `true` if the smaller reserve is at least twice the minimum.
    pub is_healthy: bool,
    /// The status text of the contract.
    pub status: String,
    /// The smaller reserve, in basis points of the minimum.
    pub liquidity_ratio: u64,
}

/// The result of comparing a pool's tokens with its recorded reserves (`SubnetAMM.verifyReserves`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReserveCheck {
    /// `true` if both agree to the wei.
    pub is_consistent: bool,
    /// The message of the contract.
    pub message: String,
}

/// The trading volume of an account (`SubnetAMM.getUserStats`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TraderVolume {
    /// The total volume that it traded, as HETU.
    pub volume: Amount,
    /// Its fraction of the pool's volume, in basis points.
    pub share: u64,
}

/// An entry in the list of pools (`SubnetAMMFactory.getPoolsInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolSummary {
    /// The address of the pool.
    pub address: Address,
    /// The subnet.
    pub netuid: NetUid,
    /// The formula that prices a trade.
    pub mechanism: Mechanism,
    /// The total volume traded, as HETU.
    pub volume: Amount,
}

/// The factory of the pools (`SubnetAMMFactory.getFactoryInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolFactoryInfo {
    /// The account that created it.
    pub creator: Address,
    /// The account that may add and remove liquidity of pools.
    pub system_address: Address,
    /// The time of its creation, in seconds since 1970.
    pub created_at: u64,
    /// The number of pools.
    pub pools: u64,
}
