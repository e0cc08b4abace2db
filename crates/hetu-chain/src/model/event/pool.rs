//! Events of `SubnetAMM`, one for each subnet, and of `SubnetAMMFactory`.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// An event of a pool, which trades a subnet's alpha token against WHETU.
///
/// Prices are in WHETU for one alpha.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PoolEvent {
    /// The creation of a pool (`PoolCreated`). On the published network any account can create one:
    /// the pool of a subnet is the one that [`SubnetEvent::Registered`] names.
    ///
    /// [`SubnetEvent::Registered`]: crate::model::SubnetEvent::Registered
    Created {
        /// The subnet.
        netuid: NetUid,
        /// The token that is traded against alpha.
        hetu_token: Address,
        /// The alpha token.
        alpha_token: Address,
        /// The pool.
        pool: Address,
        /// The number of pools, this one included.
        count: u64,
    },
    /// The choice, in the factory, of the contract that may create pools (`SubnetManagerSet`; not
    /// on the published network).
    SubnetManagerSet {
        /// The contract.
        subnet_manager: Address,
    },
    /// A purchase of alpha (`SwapHETUForAlpha`).
    AlphaBought {
        /// The subnet.
        netuid: NetUid,
        /// The buyer.
        account: Address,
        /// The amount paid, in WHETU.
        hetu_in: Amount,
        /// The amount received, in alpha.
        alpha_out: Amount,
        /// The price after the trade.
        price: Amount,
    },
    /// A sale of alpha (`SwapAlphaForHETU`).
    AlphaSold {
        /// The subnet.
        netuid: NetUid,
        /// The seller.
        account: Address,
        /// The amount sold, in alpha.
        alpha_in: Amount,
        /// The amount received, in WHETU.
        hetu_out: Amount,
        /// The price after the trade.
        price: Amount,
    },
    /// A change of the price (`PriceUpdated`).
    PriceChanged {
        /// The subnet.
        netuid: NetUid,
        /// The new price.
        price: Amount,
        /// The new moving price.
        moving_price: Amount,
    },
    /// A change of the reserves (`ReservesUpdated`).
    ReservesChanged {
        /// The subnet.
        netuid: NetUid,
        /// The WHETU in the pool.
        hetu: Amount,
        /// The alpha in the pool.
        alpha_in: Amount,
        /// The alpha outside of the pool.
        alpha_out: Amount,
    },
    /// An addition of liquidity (`LiquidityInjected`).
    LiquidityAdded {
        /// The subnet.
        netuid: NetUid,
        /// The account that added it.
        account: Address,
        /// The amount of WHETU.
        hetu: Amount,
        /// The amount of alpha.
        alpha: Amount,
    },
    /// A removal of liquidity (`LiquidityWithdrawn`).
    LiquidityRemoved {
        /// The subnet.
        netuid: NetUid,
        /// The account that removed it.
        account: Address,
        /// The amount of WHETU.
        hetu: Amount,
        /// The amount of alpha.
        alpha: Amount,
    },
    /// A withdrawal of tokens that the pool had received without a trade (`SurplusSkimmed`; not on
    /// the published network).
    SurplusSkimmed {
        /// The subnet.
        netuid: NetUid,
        /// The account that received them.
        to: Address,
        /// The amount of WHETU.
        hetu: Amount,
        /// The amount of alpha.
        alpha: Amount,
    },
}

impl PoolEvent {
    /// Returns the subnet, if the event is about the pool of one.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Created { netuid, .. }
            | Self::AlphaBought { netuid, .. }
            | Self::AlphaSold { netuid, .. }
            | Self::PriceChanged { netuid, .. }
            | Self::ReservesChanged { netuid, .. }
            | Self::LiquidityAdded { netuid, .. }
            | Self::LiquidityRemoved { netuid, .. }
            | Self::SurplusSkimmed { netuid, .. } => Some(*netuid),
            Self::SubnetManagerSet { .. } => None,
        }
    }
}
