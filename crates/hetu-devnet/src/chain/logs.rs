//! Log search.

use alloy_primitives::Log as Body;
use alloy_rpc_types_eth::{Filter, Log};

use super::block::Block;

/// Returns the logs of `block` that match `filter`. The block range of the filter is ignored.
pub(crate) fn matching<'a>(block: &'a Block, filter: &'a Filter) -> impl Iterator<Item = Log> + 'a {
    let receipts =
        if filter.matches_bloom(block.header.logs_bloom) { block.receipts.len() } else { 0 };
    (0..receipts)
        .flat_map(|index| of_transaction(block, index))
        .filter(|log| filter.matches(&log.inner))
}

/// Returns all logs of the transaction at `index` in `block`.
pub(crate) fn of_transaction(block: &Block, index: usize) -> impl Iterator<Item = Log> + '_ {
    let transaction = block.transactions.get(index);
    let receipt = block.receipts.get(index);
    transaction.zip(receipt).into_iter().flat_map(move |(transaction, receipt)| {
        let hash = *transaction.tx_hash();
        let bodies = receipt.envelope.logs().iter().zip(receipt.first_log..);
        bodies.map(move |(body, position): (&Body, u64)| Log {
            inner: body.clone(),
            block_hash: Some(block.hash()),
            block_number: Some(block.number()),
            block_timestamp: Some(block.header.timestamp),
            transaction_hash: Some(hash),
            transaction_index: Some(index as u64),
            log_index: Some(position),
            removed: false,
        })
    })
}
