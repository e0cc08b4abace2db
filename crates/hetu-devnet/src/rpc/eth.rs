//! Blocks, transactions and receipts.

use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag, Encodable2718};
use alloy_primitives::{B256, Bytes, U64};
use alloy_rpc_types_eth::{Transaction, TransactionReceipt};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use serde_json::Value;

use super::error::{RpcResult, server_error};
use super::params::Quantity;
use super::{RpcNode, convert, mined_block};
use crate::chain::{Block, TransactionPosition};

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_chainId", |_, node, _| {
        RpcResult::Ok(U64::from(node.chain.chain_id()))
    })?;
    module.register_method("eth_blockNumber", |_, node, _| {
        RpcResult::Ok(U64::from(node.chain.view().head().number()))
    })?;
    module.register_method("eth_syncing", |_, _, _| false)?;
    module.register_blocking_method("eth_getBlockByNumber", |params, node, _| {
        let mut params = params.sequence();
        let tag: BlockNumberOrTag = params.next()?;
        let full = params.optional_next()?.unwrap_or(false);
        by_number(&node, tag, full)
    })?;
    module.register_method("eth_getBlockByHash", |params, node, _| {
        let mut params = params.sequence();
        let hash: B256 = params.next()?;
        let full = params.optional_next()?.unwrap_or(false);
        let view = node.chain.view();
        view.block_with(&hash).map(|block| to_json(block, full)).transpose()
    })?;
    module.register_blocking_method(
        "eth_getBlockTransactionCountByNumber",
        |params, node, _| {
            let tag: BlockNumberOrTag = params.one()?;
            count(&node, tag)
        },
    )?;
    module.register_method("eth_getBlockTransactionCountByHash", |params, node, _| {
        let hash: B256 = params.one()?;
        let view = node.chain.view();
        let block = view.block_with(&hash);
        RpcResult::Ok(block.map(|block| U64::from(block.transactions.len())))
    })?;
    module.register_method("eth_getTransactionByHash", |params, node, _| {
        transaction(node, &params.one()?)
    })?;
    module.register_method("eth_getTransactionByBlockHashAndIndex", |params, node, _| {
        let mut params = params.sequence();
        let hash: B256 = params.next()?;
        let index: Quantity = params.next()?;
        let view = node.chain.view();
        at_index(view.block_with(&hash), index)
    })?;
    module.register_method("eth_getTransactionByBlockNumberAndIndex", |params, node, _| {
        let mut params = params.sequence();
        let tag: BlockNumberOrTag = params.next()?;
        let index: Quantity = params.next()?;
        let view = node.chain.view();
        at_index(mined_block(&view, tag)?, index)
    })?;
    module.register_method("eth_getTransactionReceipt", |params, node, _| {
        let hash: B256 = params.one()?;
        let position = node.chain.view().position(&hash);
        RpcResult::Ok(position.as_ref().and_then(convert::receipt))
    })?;
    module.register_method("eth_getBlockReceipts", |params, node, _| {
        let id: BlockId = params.one()?;
        RpcResult::Ok(mined_block(&node.chain.view(), id)?.map(receipts))
    })?;
    module.register_method("eth_getRawTransactionByHash", |params, node, _| {
        let hash: B256 = params.one()?;
        RpcResult::Ok(raw_transaction(node, &hash))
    })?;
    register_uncles(module)
}

/// Registers the uncle methods. There are no uncles, but a block can be queried for them.
fn register_uncles(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_getUncleCountByBlockNumber", |params, node, _| {
        let tag: BlockNumberOrTag = params.one()?;
        let exists = tag.is_pending() || mined_block(&node.chain.view(), tag)?.is_some();
        RpcResult::Ok(exists.then_some(U64::ZERO))
    })?;
    module.register_method("eth_getUncleCountByBlockHash", |params, node, _| {
        let hash: B256 = params.one()?;
        RpcResult::Ok(node.chain.view().block_with(&hash).map(|_| U64::ZERO))
    })?;
    module.register_method("eth_getUncleByBlockNumberAndIndex", |params, _, _| {
        let _: (BlockNumberOrTag, Quantity) = params.parse()?;
        RpcResult::Ok(Value::Null)
    })?;
    module.register_method("eth_getUncleByBlockHashAndIndex", |params, _, _| {
        let _: (B256, Quantity) = params.parse()?;
        RpcResult::Ok(Value::Null)
    })?;
    Ok(())
}

fn by_number(node: &RpcNode, tag: BlockNumberOrTag, full: bool) -> RpcResult<Option<Value>> {
    if tag.is_pending() {
        let mut json = to_json(&node.chain.pending(), full)?;
        // A block that is not mined has no hash yet.
        json["hash"] = Value::Null;
        json["nonce"] = Value::Null;
        return Ok(Some(json));
    }
    let view = node.chain.view();
    if tag == BlockNumberOrTag::Number(0)
        && let Some(genesis) = view.genesis()
    {
        return to_json(genesis, full).map(Some);
    }
    mined_block(&view, tag)?.map(|block| to_json(block, full)).transpose()
}

fn count(node: &RpcNode, tag: BlockNumberOrTag) -> RpcResult<Option<U64>> {
    let size = |block: &Block| U64::from(block.transactions.len());
    if tag.is_pending() {
        return Ok(Some(size(&node.chain.pending())));
    }
    let view = node.chain.view();
    Ok(mined_block(&view, tag)?.map(|block| size(block)))
}

fn to_json(block: &Block, full: bool) -> RpcResult<Value> {
    serde_json::to_value(convert::block(block, full))
        .map_err(|error| server_error(error.to_string()))
}

fn transaction(node: &RpcNode, hash: &B256) -> RpcResult<Option<Transaction>> {
    let view = node.chain.view();
    if let Some(TransactionPosition { block, index }) = view.position(hash) {
        return Ok(convert::mined(&block, index));
    }
    let waiting = view.pool.with_hash(hash);
    Ok(waiting.map(|waiting| convert::waiting(&waiting.transaction)))
}

fn raw_transaction(node: &RpcNode, hash: &B256) -> Option<Bytes> {
    let view = node.chain.view();
    let mined = view.position(hash);
    let mined = mined.as_ref().and_then(|at| at.block.transactions.get(at.index));
    let transaction =
        mined.or_else(|| view.pool.with_hash(hash).map(|waiting| &waiting.transaction))?;
    Some(transaction.encoded_2718().into())
}

fn at_index(block: Option<&Arc<Block>>, index: Quantity) -> RpcResult<Option<Transaction>> {
    let index = usize::try_from(index.to_u64()?).unwrap_or(usize::MAX);
    Ok(block.and_then(|block| convert::mined(block, index)))
}

fn receipts(block: &Arc<Block>) -> Vec<TransactionReceipt> {
    (0..block.transactions.len())
        .filter_map(|index| {
            let block = Arc::clone(block);
            convert::receipt(&TransactionPosition { block, index })
        })
        .collect()
}
