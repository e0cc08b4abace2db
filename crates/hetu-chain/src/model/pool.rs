//! The pools that trade alpha tokens against WHETU. Prices are WHETU for one whole alpha.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::stakework::{AmmPool, Mechanism};
use crate::{Address, Amount, NetUid};

/// What a trade is not to go beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeLimits {
    /// The least to receive: the contract refuses to give less. Zero takes any price, which
    /// whoever sees the trade coming can set.
    pub at_least: Amount,
    /// How long to wait for the trade once it is sent. The contract knows no such limit: a trade
    /// that was not included by then may still be, at no worse a price than `at_least` says,
    /// unless it is [cancelled](crate::client::Transactions::cancel).
    pub within: Duration,
}

/// A pool at a glance (`SubnetAMM.getPoolInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolInfo {
    /// What trades are priced by: [`AmmPool::preview`] tells what one would bring.
    pub pool: AmmPool,
    /// Alpha that traders took out and did not bring back.
    pub alpha_outside: Amount,
    /// The price after the last change.
    pub price: Amount,
    /// Its moving average.
    pub moving_price: Amount,
    /// All that was ever traded, as HETU.
    pub volume: Amount,
}

/// Figures of a pool (`SubnetAMM.getStatistics`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// All that was ever traded, as HETU.
    pub volume: Amount,
    /// The price after the last change.
    pub price: Amount,
    /// Its moving average.
    pub moving_price: Amount,
    /// The block of the last change.
    pub price_updated_at: u64,
    /// Both reserves, as HETU at the present price.
    pub liquidity: Amount,
}

/// What a trade would bring (`SubnetAMM.getSwapPreview`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TradeQuote {
    /// What is received; zero if the trade is not possible.
    pub amount_out: Amount,
    /// How much the price changes, in basis points.
    pub price_impact: u64,
    /// The price after the trade.
    pub price_after: Amount,
    /// False if the trade would leave too little in the pool.
    pub is_possible: bool,
}

/// Whether a trade is large for its pool (`SubnetAMM.checkLargeTradeWarning`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LargeTrade {
    /// Whether it is at least a twentieth of the reserve that it is paid into.
    pub is_large: bool,
    /// Its share of that reserve, in basis points.
    pub share_of_pool: u64,
    /// What the contract says of it.
    pub warning: String,
}

/// How far a pool is above its minimum (`SubnetAMM.getPoolHealth`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolHealth {
    /// Whether the smaller reserve is at least twice the minimum.
    pub is_healthy: bool,
    /// What the contract says of it.
    pub status: String,
    /// The smaller reserve, in basis points of the minimum.
    pub liquidity_ratio: u64,
}

/// Whether a pool holds what it booked (`SubnetAMM.verifyReserves`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReserveCheck {
    /// Whether it does, to the wei.
    pub is_consistent: bool,
    /// What the contract says of it.
    pub message: String,
}

/// What an account traded (`SubnetAMM.getUserStats`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TraderVolume {
    /// All that it ever traded, as HETU.
    pub volume: Amount,
    /// Its share of the pool's volume, in basis points.
    pub share: u64,
}

/// A pool among others (`SubnetAMMFactory.getPoolsInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolSummary {
    /// Where it is.
    pub address: Address,
    /// The subnet.
    pub netuid: NetUid,
    /// How it prices a trade.
    pub mechanism: Mechanism,
    /// All that was ever traded, as HETU.
    pub volume: Amount,
}

/// The factory of the pools (`SubnetAMMFactory.getFactoryInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolFactoryInfo {
    /// Who created it.
    pub creator: Address,
    /// Who may add liquidity to pools and take it out.
    pub system_address: Address,
    /// When it was created, in seconds since 1970.
    pub created_at: u64,
    /// How many pools there are.
    pub pools: u64,
}
