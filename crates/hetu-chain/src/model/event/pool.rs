//! Events of `SubnetAMM`, one for each subnet, and of `SubnetAMMFactory`.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// What happened to a pool, which trades a subnet's alpha token against WHETU.
///
/// Prices are in WHETU for one alpha.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PoolEvent {
    /// A pool was created (`PoolCreated`). On the published network anybody can create one: the
    /// pool of a subnet is the one that [`SubnetEvent::Registered`] names.
    ///
    /// [`SubnetEvent::Registered`]: crate::model::SubnetEvent::Registered
    Created {
        /// The subnet.
        netuid: NetUid,
        /// What is traded against alpha.
        hetu_token: Address,
        /// The alpha token.
        alpha_token: Address,
        /// The pool.
        pool: Address,
        /// How many pools there are now.
        count: u64,
    },
    /// The factory learned which contract may create pools (`SubnetManagerSet`; not on the
    /// published network).
    SubnetManagerSet {
        /// The contract.
        subnet_manager: Address,
    },
    /// Somebody bought alpha (`SwapHETUForAlpha`).
    AlphaBought {
        /// The subnet.
        netuid: NetUid,
        /// The buyer.
        account: Address,
        /// What it paid, in WHETU.
        hetu_in: Amount,
        /// What it got, in alpha.
        alpha_out: Amount,
        /// The price after it.
        price: Amount,
    },
    /// Somebody sold alpha (`SwapAlphaForHETU`).
    AlphaSold {
        /// The subnet.
        netuid: NetUid,
        /// The seller.
        account: Address,
        /// What it sold, in alpha.
        alpha_in: Amount,
        /// What it got, in WHETU.
        hetu_out: Amount,
        /// The price after it.
        price: Amount,
    },
    /// The price changed (`PriceUpdated`).
    PriceChanged {
        /// The subnet.
        netuid: NetUid,
        /// The price now.
        price: Amount,
        /// The moving price now.
        moving_price: Amount,
    },
    /// The reserves changed (`ReservesUpdated`).
    ReservesChanged {
        /// The subnet.
        netuid: NetUid,
        /// WHETU in the pool.
        hetu: Amount,
        /// Alpha in the pool.
        alpha_in: Amount,
        /// Alpha outside of it.
        alpha_out: Amount,
    },
    /// Liquidity came in (`LiquidityInjected`).
    LiquidityAdded {
        /// The subnet.
        netuid: NetUid,
        /// Who brought it.
        account: Address,
        /// WHETU.
        hetu: Amount,
        /// Alpha.
        alpha: Amount,
    },
    /// Liquidity was taken out (`LiquidityWithdrawn`).
    LiquidityRemoved {
        /// The subnet.
        netuid: NetUid,
        /// Who took it.
        account: Address,
        /// WHETU.
        hetu: Amount,
        /// Alpha.
        alpha: Amount,
    },
    /// Tokens that came in without a trade were taken out (`SurplusSkimmed`; not on the published
    /// network).
    SurplusSkimmed {
        /// The subnet.
        netuid: NetUid,
        /// Who got them.
        to: Address,
        /// WHETU.
        hetu: Amount,
        /// Alpha.
        alpha: Amount,
    },
}

impl PoolEvent {
    /// The subnet, if it is about the pool of one.
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
