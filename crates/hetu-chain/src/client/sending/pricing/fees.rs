//! The price of gas that a transaction offers.

use super::ceiling::{FeeCeiling, saturated, wei};
use super::market::{Market, suggested_gas_price, suggested_tip};
use crate::Amount;
use crate::abi::Fees;
use crate::client::error::ChainError;
use crate::client::policy::SpendPolicy;
use crate::client::reader::Reader;
use crate::client::sending::options::SendOptions;

/// The divisor of the fee increase of a replacement. Nodes require at least a tenth more; an eighth
/// satisfies every node.
const BUMP_DIVISOR: u64 = 8;

/// A pricing of transaction gas within the ceilings of caller, policy and network.
#[derive(Clone, Copy, Debug)]
pub(in crate::client::sending) struct Pricing<'call> {
    pub(in crate::client::sending) reader: &'call Reader,
    pub(in crate::client::sending) policy: Option<&'call SpendPolicy>,
    pub(in crate::client::sending) options: &'call SendOptions,
}

impl Pricing<'_> {
    /// Returns fees that stay sufficient while the base fee doubles, which takes six full blocks.
    /// They stay within the ceiling of a transaction of `gas`.
    pub(in crate::client::sending) async fn fees(
        self,
        market: Market,
        gas: u64,
    ) -> Result<Fees, ChainError> {
        let Self { reader, options, .. } = self;
        let ceiling = self.ceiling(gas);
        let Some(base_fee) = market.base_fee else {
            let price = suggested_gas_price(reader).await?;
            return Ok(Fees::Legacy { gas_price: ceiling.allow(price, price, price)? });
        };
        let tip = match options.max_priority_fee_per_gas {
            Some(tip) => saturated(tip),
            None => suggested_tip(reader).await,
        };
        let needed = base_fee.saturating_add(tip);
        let wanted =
            options.max_fee_per_gas.map_or_else(|| needed.saturating_add(base_fee), saturated);
        let max_fee = ceiling.allow(wanted, needed, base_fee)?;
        Ok(Fees::Dynamic { max_fee, tip: tip.min(max_fee) })
    }

    /// Refuses fees of a transaction of `gas` that are above the policy or the ceiling.
    pub(in crate::client::sending) fn check(self, fees: Fees, gas: u64) -> Result<(), ChainError> {
        self.ceiling(gas).check(fees)
    }

    fn ceiling(self, gas: u64) -> FeeCeiling {
        FeeCeiling::new(&self.reader.network().fees, self.policy, self.options, gas)
    }
}

impl Fees {
    /// Returns the maximum price of a unit of gas.
    pub(in crate::client::sending) fn max_fee_per_gas(self) -> Amount {
        let (Self::Dynamic { max_fee: fee, .. } | Self::Legacy { gas_price: fee }) = self;
        wei(fee)
    }

    /// Returns fees that replace a transaction with these fees, and that are at least `market`.
    pub(in crate::client::sending) fn outbid(self, market: Self) -> Self {
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
