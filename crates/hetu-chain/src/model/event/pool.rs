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
    /// A pool was created (`PoolCreated`). On the published network any account can create one: the
    /// pool of a subnet is the one that [`SubnetEvent::Registered`] names.
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
    /// The contract that may create pools was set in the factory (`SubnetManagerSet`; not on the
    /// published network).
    SubnetManagerSet {
        /// The contract.
        subnet_manager: Address,
    },
    /// An account bought alpha (`SwapHETUForAlpha`).
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
    /// An account sold alpha (`SwapAlphaForHETU`).
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
    /// The price changed (`PriceUpdated`).
    PriceChanged {
        /// The subnet.
        netuid: NetUid,
        /// The new price.
        price: Amount,
        /// The new moving price.
        moving_price: Amount,
    },
    /// The reserves changed (`ReservesUpdated`).
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
    /// Liquidity was added (`LiquidityInjected`).
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
    /// Liquidity was removed (`LiquidityWithdrawn`).
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
    /// Tokens that the pool had received without a trade were withdrawn (`SurplusSkimmed`; not on
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
