//! Blocks, transactions and receipts in the format of the answers.

use alloy_consensus::Transaction as _;
use alloy_primitives::U256;
use alloy_rpc_types_eth::{
    Block as RpcBlock, BlockTransactions, Header as RpcHeader, Log, Transaction as RpcTransaction,
    TransactionReceipt, Withdrawals,
};

use crate::chain::{self, Block, TransactionPosition};

pub(crate) fn header(block: &Block) -> RpcHeader {
    let size = Some(U256::from(block.size));
    RpcHeader::from_consensus(block.header.clone(), None, size)
}

pub(crate) fn block(block: &Block, full: bool) -> RpcBlock {
    let transactions = if full {
        let all = 0..block.transactions.len();
        BlockTransactions::Full(all.filter_map(|index| mined(block, index)).collect())
    } else {
        let hashes = block.transactions.iter().map(|transaction| *transaction.tx_hash());
        BlockTransactions::Hashes(hashes.collect())
    };
    RpcBlock::new(header(block), transactions).with_withdrawals(Some(Withdrawals::default()))
}

/// Returns the transaction at `index` in `block`.
pub(crate) fn mined(block: &Block, index: usize) -> Option<RpcTransaction> {
    let transaction = block.transactions.get(index)?;
    Some(RpcTransaction {
        effective_gas_price: Some(transaction.effective_gas_price(Some(block.base_fee()))),
        inner: transaction.clone(),
        block_hash: Some(block.hash()),
        block_number: Some(block.number()),
        transaction_index: Some(index as u64),
        block_timestamp: Some(block.header.timestamp),
    })
}

/// Returns a transaction that waits to be mined.
pub(crate) fn waiting(transaction: &chain::Transaction) -> RpcTransaction {
    RpcTransaction {
        effective_gas_price: Some(transaction.max_fee_per_gas()),
        inner: transaction.clone(),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        block_timestamp: None,
    }
}

pub(crate) fn receipt(position: &TransactionPosition) -> Option<TransactionReceipt> {
    let TransactionPosition { block, index } = position;
    let transaction = block.transactions.get(*index)?;
    let chain::MinedReceipt { envelope, gas_used, contract_address, .. } =
        block.receipts.get(*index)?.clone();
    let mut logs = chain::of_transaction(block, *index);
    let inner =
        envelope.map_logs(|body| logs.next().unwrap_or(Log { inner: body, ..Log::default() }));
    Some(TransactionReceipt {
        inner,
        transaction_hash: *transaction.tx_hash(),
        transaction_index: Some(*index as u64),
        block_hash: Some(block.hash()),
        block_number: Some(block.number()),
        gas_used,
        effective_gas_price: transaction.effective_gas_price(Some(block.base_fee())),
        blob_gas_used: None,
        blob_gas_price: None,
        from: transaction.signer(),
        to: transaction.to(),
        contract_address,
    })
}
