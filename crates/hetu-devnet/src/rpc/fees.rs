//! Gas prices.

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::U128;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::{ErrorObjectOwned, Params};

use super::RpcNode;
use super::error::{RpcResult, invalid_params, server_error};
use super::params::Quantity;
use crate::chain::{Block, SUGGESTED_TIP, history};

/// Maximum number of blocks of an `eth_feeHistory`.
const MAX_HISTORY: u64 = 1_024;
/// Maximum number of percentiles of an `eth_feeHistory`.
const MAX_PERCENTILES: usize = 100;

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_gasPrice", |_, node, _| {
        let base_fee = node.chain.view().head().next_base_fee();
        RpcResult::Ok(U128::from(u128::from(base_fee) + SUGGESTED_TIP))
    })?;
    module.register_method("eth_maxPriorityFeePerGas", |_, _, _| {
        RpcResult::Ok(U128::from(SUGGESTED_TIP))
    })?;
    module.register_method("eth_blobBaseFee", |_, node, _| {
        RpcResult::Ok(U128::from(node.chain.view().head().next_blob_fee()))
    })?;
    module.register_blocking_method("eth_feeHistory", |params, node, _| {
        fee_history(&node, &params)
    })?;
    Ok(())
}

fn fee_history(node: &RpcNode, params: &Params<'_>) -> RpcResult<alloy_rpc_types_eth::FeeHistory> {
    let mut params = params.sequence();
    let count: Quantity = params.next()?;
    let newest: BlockNumberOrTag = params.next()?;
    let percentiles: Option<Vec<f64>> = params.optional_next()?;
    if let Some(percentiles) = &percentiles {
        let in_range = percentiles.iter().all(|value| (0.0..=100.0).contains(value));
        if !in_range || !percentiles.is_sorted() || percentiles.len() > MAX_PERCENTILES {
            return Err(invalid_params(format!(
                "invalid reward percentile: give at most {MAX_PERCENTILES} rising values from 0 to 100"
            )));
        }
    }
    // The pending block has no fees that the latest block does not determine.
    let newest = if newest.is_pending() { BlockNumberOrTag::Latest } else { newest };
    let view = node.chain.view();
    let block = view.block_tagged(newest).ok_or_else(|| beyond(newest, view.head()))?;
    let count = count.to_u64()?.min(MAX_HISTORY);
    Ok(history(&view, block, count, percentiles.as_deref()))
}

fn beyond(requested: BlockNumberOrTag, head: &Block) -> ErrorObjectOwned {
    let requested = requested.as_number().unwrap_or_default();
    let head = head.number();
    server_error(format!("request beyond head block: requested {requested}, head {head}"))
}
