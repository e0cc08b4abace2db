//! Gas prices as reported by the nodes.
//!
//! No single answer is trusted. With several endpoints the median of their answers is used, and
//! [`ceiling`](super::ceiling) limits the result.

use futures_util::future::join;
use serde::Deserialize;
use serde_json::json;

use super::ceiling::{saturated, wei};
use crate::Amount;
use crate::client::error::ChainError;
use crate::client::reader::Reader;
use crate::rpc::Quantity;

/// Number of recent blocks in the tip history.
const HISTORY_BLOCKS: u64 = 10;
/// The largest ratio of a suggested tip to the median tip of recent blocks.
const TIP_MULTIPLE: u64 = 10;

/// The fields of the latest block that pricing needs.
#[derive(Clone, Copy, Debug)]
pub(in crate::client::sending) struct Market {
    /// The base fee, or `None` on chains without EIP-1559.
    pub(super) base_fee: Option<u64>,
    block_gas_limit: u64,
}

/// A block as reported by a node.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMarket {
    base_fee_per_gas: Option<Quantity>,
    gas_limit: Quantity,
}

/// The tips of transactions in recent blocks.
#[derive(Debug, Deserialize)]
struct FeeHistory {
    #[serde(default)]
    reward: Vec<Vec<Quantity>>,
}

impl Market {
    /// Reads the latest block.
    pub(in crate::client::sending) async fn read(reader: &Reader) -> Result<Self, ChainError> {
        let params = vec![json!("latest"), json!(false)];
        let blocks = reader.transport().read_everywhere("eth_getBlockByNumber", params).await?;
        Ok(Self::median_of(&blocks))
    }

    /// Returns the maximum gas of a transaction.
    pub(in crate::client::sending) const fn block_gas_limit(self) -> u64 {
        self.block_gas_limit
    }

    fn median_of(blocks: &[RawMarket]) -> Self {
        // A node that hides the base fee would move the transaction to its own price. One node that
        // reports a base fee is therefore enough for a dynamic fee.
        let base_fees = blocks.iter().filter_map(|block| block.base_fee_per_gas);
        Self {
            base_fee: median(base_fees.map(|Quantity(fee)| fee).collect()),
            block_gas_limit: median(blocks.iter().map(|block| block.gas_limit.0).collect())
                .unwrap_or_default(),
        }
    }
}

impl FeeHistory {
    /// Returns the median of the tips, or `None` if there are none.
    fn median(&self) -> Option<u64> {
        // A node may return more blocks than requested.
        let blocks = self.reward.iter().take(usize::try_from(HISTORY_BLOCKS).unwrap_or(usize::MAX));
        median(blocks.filter_map(|rewards| rewards.first()).map(|Quantity(tip)| *tip).collect())
    }
}

/// Returns the price of a unit of gas on chains without a base fee.
pub(super) async fn suggested_gas_price(reader: &Reader) -> Result<u64, ChainError> {
    let prices = reader.transport().read_everywhere("eth_gasPrice", Vec::new()).await?;
    Ok(median(prices.into_iter().map(|Quantity(price)| price).collect()).unwrap_or_default())
}

/// Returns the minimum price of a unit of gas in the next block, or `None` on chains without a base
/// fee.
pub(in crate::client::sending) async fn base_fee(reader: &Reader) -> Option<Amount> {
    Market::read(reader).await.ok()?.base_fee.map(wei)
}

/// Returns the tip that the nodes suggest, or else the median of recent blocks, or else the
/// network's default. The result is at most ten times that median, or the default if that is more.
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

/// Returns the median, or the lower of the two middle values: if two endpoints disagree, the lower
/// price is used.
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
