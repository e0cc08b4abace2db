//! The direction of a trade.

use clap::ValueEnum;
use hetu::Amount;
use hetu::chain::stakework::{Trade, TradeDirection};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    /// Pay HETU, receive alpha.
    Buy,
    /// Pay alpha, receive WHETU.
    Sell,
}

impl Side {
    /// Returns the name of the paid currency.
    pub(super) const fn paid(self) -> &'static str {
        match self {
            Self::Buy => "HETU",
            Self::Sell => "alpha",
        }
    }

    /// Returns the name of the received currency.
    pub(super) const fn received(self) -> &'static str {
        match self {
            Self::Buy => "alpha",
            Self::Sell => "WHETU",
        }
    }

    /// Returns the trade that pays `amount`.
    pub(super) const fn trade(self, amount: Amount) -> Trade {
        let direction = match self {
            Self::Buy => TradeDirection::HetuToAlpha,
            Self::Sell => TradeDirection::AlphaToHetu,
        };
        Trade { direction, amount_in: amount }
    }
}
