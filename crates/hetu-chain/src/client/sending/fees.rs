//! The price of gas that a transaction offers.

use super::SendOptions;
use super::fee_ceiling::{saturated, wei};
use super::fee_market::Market;
use crate::Amount;
use crate::abi::Fees;
use crate::client::{ChainError, Hetutensor};

/// Nodes replace a waiting transaction for a tenth more; an eighth is more for every node.
const BUMP_DIVISOR: u64 = 8;

impl Hetutensor {
    /// Fees that stay enough while the base fee doubles, which takes six full blocks, within
    /// the ceiling of a transaction of `gas`.
    pub(super) async fn fees(
        &self,
        market: Market,
        options: &SendOptions,
        gas: u64,
    ) -> Result<Fees, ChainError> {
        let ceiling = self.fee_ceiling(options, gas);
        let Some(base_fee) = market.base_fee else {
            let price = self.suggested_gas_price().await?;
            return Ok(Fees::Legacy { gas_price: ceiling.allow(price, price, price)? });
        };
        let tip = match options.max_priority_fee_per_gas {
            Some(tip) => saturated(tip),
            None => self.suggested_tip().await,
        };
        let needed = base_fee.saturating_add(tip);
        let wanted =
            options.max_fee_per_gas.map_or_else(|| needed.saturating_add(base_fee), saturated);
        let max_fee = ceiling.allow(wanted, needed, base_fee)?;
        Ok(Fees::Dynamic { max_fee, tip: tip.min(max_fee) })
    }
}

impl Fees {
    /// The most that a unit of gas can cost.
    pub(super) fn max_fee_per_gas(self) -> Amount {
        let (Self::Dynamic { max_fee: fee, .. } | Self::Legacy { gas_price: fee }) = self;
        wei(fee)
    }

    /// Fees for which nodes replace a transaction that pays these, and at least `market`.
    pub(super) fn outbid(self, market: Self) -> Self {
        match (self, market) {
            (Self::Dynamic { max_fee, tip }, Self::Dynamic { max_fee: fee_now, tip: tip_now }) => {
                let tip = raised(tip).max(tip_now);
                Self::Dynamic { max_fee: raised(max_fee).max(fee_now).max(tip), tip }
            }
            (Self::Legacy { gas_price }, Self::Legacy { gas_price: price_now }) => {
                Self::Legacy { gas_price: raised(gas_price).max(price_now) }
            }
            (Self::Dynamic { max_fee, tip }, Self::Legacy { .. }) => {
                Self::Dynamic { max_fee: raised(max_fee), tip: raised(tip) }
            }
            (Self::Legacy { gas_price }, Self::Dynamic { max_fee, .. }) => {
                Self::Legacy { gas_price: raised(gas_price).max(max_fee) }
            }
        }
    }
}

const fn raised(fee: u64) -> u64 {
    fee.saturating_add(fee / BUMP_DIVISOR).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_pays_a_tenth_more_for_both_and_never_less_than_the_market() {
        let old = Fees::Dynamic { max_fee: 1_000, tip: 0 };
        let same_market = Fees::Dynamic { max_fee: 900, tip: 0 };
        assert_eq!(old.outbid(same_market), Fees::Dynamic { max_fee: 1_126, tip: 1 });
        let dear_market = Fees::Dynamic { max_fee: 5_000, tip: 10 };
        assert_eq!(old.outbid(dear_market), dear_market);
        let full = Fees::Legacy { gas_price: u64::MAX };
        assert_eq!(full.outbid(full), full);
    }
}
