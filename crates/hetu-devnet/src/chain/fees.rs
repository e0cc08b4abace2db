//! Fees of recent blocks.

use alloy_consensus::Transaction as _;
use alloy_rpc_types_eth::FeeHistory;

use super::block::Block;
use super::view::ChainView;

/// Suggested tip for clients, in wei per gas.
pub(crate) const SUGGESTED_TIP: u128 = 1_000_000_000;

/// Returns the fees of the `count` blocks that end with `newest`, with the tips at `percentiles` of
/// the gas of each block. The tips are absent if `percentiles` is `None` or empty.
pub(crate) fn history(
    view: &ChainView,
    newest: &Block,
    count: u64,
    percentiles: Option<&[f64]>,
) -> FeeHistory {
    let first = view.oldest().number().min(newest.number());
    let count = count.min(newest.number() + 1 - first);
    if count == 0 {
        return FeeHistory::default();
    }
    let oldest = newest.number() + 1 - count;
    let blocks = || (oldest..=newest.number()).filter_map(|number| view.block_at(number));
    let mut base_fees: Vec<u128> = blocks().map(|block| block.base_fee().into()).collect();
    base_fees.push(newest.next_base_fee().into());
    let mut blob_fees: Vec<u128> = blocks().map(|block| block.blob_fee()).collect();
    blob_fees.push(newest.next_blob_fee());
    FeeHistory {
        base_fee_per_gas: base_fees,
        base_fee_per_blob_gas: blob_fees,
        blob_gas_used_ratio: vec![0.0; count as usize],
        gas_used_ratio: blocks().map(|block| fullness(block)).collect(),
        oldest_block: oldest,
        reward: percentiles
            .filter(|percentiles| !percentiles.is_empty())
            .map(|percentiles| blocks().map(|block| tips(block, percentiles)).collect()),
    }
}

fn fullness(block: &Block) -> f64 {
    block.header.gas_used as f64 / block.header.gas_limit as f64
}

fn tips(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let base_fee = block.base_fee();
    let mut paid: Vec<(u128, u64)> = block
        .transactions
        .iter()
        .zip(&block.receipts)
        .map(|(transaction, receipt)| {
            let tip = transaction.effective_tip_per_gas(base_fee);
            (tip.unwrap_or_default(), receipt.gas_used)
        })
        .collect();
    paid.sort_unstable();
    let at = |percentile: &f64| {
        let threshold = block.header.gas_used as f64 * percentile / 100.0;
        let mut gas = 0;
        paid.iter()
            .find(|(_, used)| {
                gas += used;
                gas as f64 >= threshold
            })
            .or(paid.last())
            .map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(at).collect()
}
