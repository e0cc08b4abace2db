//! Prices of gas as the nodes report them.
//!
//! No answer here is trusted: with several endpoints the median of their answers counts, and
//! [`ceiling`](super::ceiling) bounds what is left.

use futures_util::future::join;
use serde::Deserialize;
use serde_json::json;

use super::ceiling::{saturated, wei};
use crate::Amount;
use crate::client::error::ChainError;
use crate::client::reader::Reader;
use crate::rpc::Quantity;

/// Number of recent blocks that the history of tips covers.
const HISTORY_BLOCKS: u64 = 10;
/// The largest ratio of a suggested tip to the median tip of recent blocks.
const TIP_MULTIPLE: u64 = 10;

/// The newest block, as far as pricing needs it.
#[derive(Clone, Copy, Debug)]
pub(in crate::client::sending) struct Market {
    /// `None` on chains without EIP-1559.
    pub(super) base_fee: Option<u64>,
    block_gas_limit: u64,
}

/// A block as a node reports it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMarket {
    base_fee_per_gas: Option<Quantity>,
    gas_limit: Quantity,
}

/// The tips that recent blocks included.
#[derive(Debug, Deserialize)]
struct FeeHistory {
    #[serde(default)]
    reward: Vec<Vec<Quantity>>,
}

impl Market {
    /// Reads the newest block.
    pub(in crate::client::sending) async fn read(reader: &Reader) -> Result<Self, ChainError> {
        let params = vec![json!("latest"), json!(false)];
        let blocks = reader.transport().read_everywhere("eth_getBlockByNumber", params).await?;
        Ok(Self::median_of(&blocks))
    }

    /// The most gas that a transaction can use.
    pub(in crate::client::sending) const fn block_gas_limit(self) -> u64 {
        self.block_gas_limit
    }

    fn median_of(blocks: &[RawMarket]) -> Self {
        // A node that hides the base fee would move the transaction to the price that it names
        // itself, so one node that reports a base fee is enough for a dynamic fee.
        let base_fees = blocks.iter().filter_map(|block| block.base_fee_per_gas);
        Self {
            base_fee: median(base_fees.map(|Quantity(fee)| fee).collect()),
            block_gas_limit: median(blocks.iter().map(|block| block.gas_limit.0).collect())
                .unwrap_or_default(),
        }
    }
}

impl FeeHistory {
    /// The median of the tips, or `None` without any.
    fn median(&self) -> Option<u64> {
        // A node may answer with more than it was asked for.
        let blocks = self.reward.iter().take(usize::try_from(HISTORY_BLOCKS).unwrap_or(usize::MAX));
        median(blocks.filter_map(|rewards| rewards.first()).map(|Quantity(tip)| *tip).collect())
    }
}

/// Returns the price of a unit of gas on chains without a base fee.
pub(super) async fn suggested_gas_price(reader: &Reader) -> Result<u64, ChainError> {
    let prices = reader.transport().read_everywhere("eth_gasPrice", Vec::new()).await?;
    Ok(median(prices.into_iter().map(|Quantity(price)| price).collect()).unwrap_or_default())
}

/// Returns the least that a unit of gas costs in the next block, or `None` on chains without such a
/// price.
pub(in crate::client::sending) async fn base_fee(reader: &Reader) -> Option<Amount> {
    Market::read(reader).await.ok()?.base_fee.map(wei)
}

/// Returns the tip that the nodes suggest, else the median of recent blocks, else the network's
/// default; at most ten times that median, or the default if that is more.
pub(super) async fn suggested_tip(reader: &Reader) -> u64 {
    let default = saturated(reader.network().fees.default_tip);
    let (suggested, recent) = join(named_tip(reader), recent_tip(reader)).await;
    let wanted = suggested.or(recent.filter(|tip| *tip > 0)).unwrap_or(default);
    let bound = recent.unwrap_or_default().saturating_mul(TIP_MULTIPLE).max(default);
    if wanted > bound {
        tracing::warn!(
            suggested = %wei(wanted),
            bound = %wei(bound),
            "the suggested tip is out of proportion to recent blocks and was reduced"
        );
    }
    wanted.min(bound)
}

async fn named_tip(reader: &Reader) -> Option<u64> {
    let method = "eth_maxPriorityFeePerGas";
    let tips = reader.transport().read_everywhere(method, Vec::new()).await.ok()?;
    median(tips.into_iter().map(|Quantity(tip)| tip).collect())
}

async fn recent_tip(reader: &Reader) -> Option<u64> {
    let params = vec![json!(Quantity(HISTORY_BLOCKS)), json!("latest"), json!([50])];
    let histories: Vec<FeeHistory> =
        reader.transport().read_everywhere("eth_feeHistory", params).await.ok()?;
    median(histories.iter().filter_map(FeeHistory::median).collect())
}

/// The median, the lower one of two: of two endpoints that disagree, the cheaper one counts.
fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_even_count_is_lower_one() {
        for (values, expected) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![u64::MAX, 7], Some(7)),
            (vec![u64::MAX, 7, 8], Some(8)),
            (vec![9, u64::MAX, 7, 8], Some(8)),
        ] {
            assert_eq!(median(values), expected);
        }
    }

    #[test]
    fn market_of_several_nodes_ignores_one_outlier() {
        let block = |base_fee: Option<u64>, gas_limit| RawMarket {
            base_fee_per_gas: base_fee.map(Quantity),
            gas_limit: Quantity(gas_limit),
        };
        let honest = block(Some(5), 100);
        for liar in [block(Some(u64::MAX), u64::MAX), block(None, 0), block(Some(5), u64::MAX)] {
            let market = Market::median_of(&[honest, liar, honest]);
            assert_eq!((market.base_fee, market.block_gas_limit), (Some(5), 100), "{liar:?}");
        }
        let market = Market::median_of(&[block(None, 1), block(None, 1)]);
        assert_eq!(market.base_fee, None);
    }
}
