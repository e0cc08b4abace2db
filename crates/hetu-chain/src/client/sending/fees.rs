//! What to pay for gas.

use serde::Deserialize;
use serde_json::json;

use super::SendOptions;
use crate::Amount;
use crate::abi::Fees;
use crate::client::policy::{PolicyViolation, SpendPolicy};
use crate::client::{ChainError, Hetutensor};
use crate::rpc::Quantity;

/// One gwei: what most wallets tip where the node has no opinion.
const DEFAULT_TIP: u64 = 1_000_000_000;
/// How many blocks a node without an opinion on tips is asked about.
const HISTORY_BLOCKS: u64 = 10;
/// Nodes replace a waiting transaction for a tenth more; an eighth is more for every node.
const BUMP_DIVISOR: u64 = 8;

/// The newest block, as far as pricing needs it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Market {
    base_fee_per_gas: Option<Quantity>,
    gas_limit: Quantity,
}

impl Market {
    /// The most gas that a transaction can use.
    pub(super) const fn block_gas_limit(self) -> u64 {
        self.gas_limit.0
    }
}

/// What tips blocks of late included.
#[derive(Debug, Deserialize)]
struct FeeHistory {
    #[serde(default)]
    reward: Vec<Vec<Quantity>>,
}

impl Hetutensor {
    pub(super) async fn market(&self) -> Result<Market, ChainError> {
        let params = vec![json!("latest"), json!(false)];
        Ok(self.transport().read("eth_getBlockByNumber", params).await?)
    }

    /// Fees that stay enough while the base fee doubles, which takes six full blocks, within
    /// the limits of the options and of the policy for a transaction of `gas`.
    pub(super) async fn fees(
        &self,
        market: Market,
        options: &SendOptions,
        gas: u64,
    ) -> Result<Fees, ChainError> {
        let cap = FeeCap::new(options, self.policy(), gas);
        let Some(Quantity(base_fee)) = market.base_fee_per_gas else {
            let Quantity(gas_price) = self.transport().read("eth_gasPrice", Vec::new()).await?;
            return Ok(Fees::Legacy { gas_price: cap.allow(gas_price, gas_price)? });
        };
        let tip = match options.max_priority_fee_per_gas {
            Some(tip) => saturated(tip),
            None => self.suggested_tip().await,
        };
        let wanted = options
            .max_fee_per_gas
            .map_or_else(|| base_fee.saturating_mul(2).saturating_add(tip), saturated);
        let max_fee = cap.allow(wanted, base_fee)?;
        Ok(Fees::Dynamic { max_fee, tip: tip.min(max_fee) })
    }

    /// What a unit of gas costs at least in the next block, if the chain has such a price.
    pub(super) async fn base_fee(&self) -> Option<Amount> {
        self.market().await.ok()?.base_fee_per_gas.map(|Quantity(base_fee)| wei(base_fee))
    }

    /// Refuses a fee that the policy does not allow for a transaction of `gas`.
    pub(super) fn check_fee(&self, fees: Fees, gas: u64) -> Result<(), ChainError> {
        let fee = fees.max_fee_per_gas();
        match self.policy().and_then(|policy| policy.fee_cap(gas)) {
            Some(limit) if fee > limit => Err(PolicyViolation::FeePerGas { fee, limit }.into()),
            _ => Ok(()),
        }
    }

    /// What the node suggests; else the median of what blocks included of late; else a guess.
    async fn suggested_tip(&self) -> u64 {
        let transport = self.transport();
        if let Ok(Quantity(tip)) = transport.read("eth_maxPriorityFeePerGas", Vec::new()).await {
            return tip;
        }
        let params = vec![json!(Quantity(HISTORY_BLOCKS)), json!("latest"), json!([50])];
        let history: Result<FeeHistory, _> = transport.read("eth_feeHistory", params).await;
        let mut tips: Vec<_> = history
            .map(|history| history.reward.into_iter().flatten().map(|Quantity(tip)| tip).collect())
            .unwrap_or_default();
        tips.sort_unstable();
        tips.get(tips.len() / 2).copied().filter(|tip| *tip > 0).unwrap_or(DEFAULT_TIP)
    }
}

/// The most that a unit of gas may cost, and who says so.
struct FeeCap {
    of_caller: Option<u64>,
    of_policy: Option<u64>,
}

impl FeeCap {
    fn new(options: &SendOptions, policy: Option<&SpendPolicy>, gas: u64) -> Self {
        Self {
            of_caller: options.max_fee_per_gas.map(saturated),
            of_policy: policy.and_then(|policy| policy.fee_cap(gas)).map(saturated),
        }
    }

    /// As much of `wanted` as is allowed, if that is at least `needed`.
    fn allow(&self, wanted: u64, needed: u64) -> Result<u64, ChainError> {
        if let Some(cap) = self.of_caller
            && cap < needed
        {
            return Err(ChainError::FeeTooLow { offered: wei(cap), needed: wei(needed) });
        }
        if let Some(cap) = self.of_policy
            && cap < needed
        {
            let (fee, limit) = (wei(needed), wei(cap));
            return Err(PolicyViolation::FeePerGas { fee, limit }.into());
        }
        let cap = self.of_caller.unwrap_or(u64::MAX).min(self.of_policy.unwrap_or(u64::MAX));
        Ok(wanted.min(cap))
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

fn wei(wei: u64) -> Amount {
    Amount::from_wei(wei.into())
}

fn saturated(amount: Amount) -> u64 {
    amount.to_wei().and_then(|wei| u64::try_from(wei).ok()).unwrap_or(u64::MAX)
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

    #[test]
    fn a_cap_lowers_the_fee_but_not_below_what_is_needed() {
        let cap = FeeCap { of_caller: None, of_policy: Some(100) };
        assert_eq!(cap.allow(150, 80).unwrap(), 100);
        assert_eq!(cap.allow(90, 80).unwrap(), 90);
        let refused = cap.allow(150, 101).unwrap_err();
        assert!(matches!(refused, ChainError::Policy(_)), "{refused}");
        let own = FeeCap { of_caller: Some(50), of_policy: None };
        assert!(matches!(own.allow(50, 51), Err(ChainError::FeeTooLow { .. })));
    }
}
