//! `eth_getLogs`, and the logs of added and removed blocks.

use alloy_eips::{BlockNumHash, BlockNumberOrTag};
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;

use super::RpcNode;
use super::error::{RpcResult, invalid_params, limit_exceeded, pruned_history, server_error};
use crate::chain::{Block, ChainView, matching};

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module
        .register_blocking_method("eth_getLogs", |params, node, _| logs(&node, &params.one()?))?;
    Ok(())
}

pub(crate) fn logs(node: &RpcNode, filter: &Filter) -> RpcResult<Vec<Log>> {
    let view = node.chain.view();
    match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let block = view.block_with(&hash).ok_or_else(|| server_error("unknown block"))?;
            let mut found = Vec::new();
            collect(node, block, filter, &mut found)?;
            Ok(found)
        }
        FilterBlockOption::Range { from_block, to_block } => {
            let (from, to) = range(&view, from_block, to_block)?;
            logs_between(node, &view, filter, from, to)
        }
    }
}

fn logs_between(
    node: &RpcNode,
    view: &ChainView,
    filter: &Filter,
    from: u64,
    to: u64,
) -> RpcResult<Vec<Log>> {
    let most = node.limits.log_blocks;
    if to.saturating_sub(from) >= most {
        return Err(limit_exceeded(format!("exceed maximum block range: {most}")));
    }
    if view.is_pruned(from.into()) {
        return Err(pruned_history());
    }
    let mut found = Vec::new();
    for block in (from..=to).filter_map(|number| view.block_at(number)) {
        collect(node, block, filter, &mut found)?;
    }
    Ok(found)
}

fn collect(node: &RpcNode, block: &Block, filter: &Filter, found: &mut Vec<Log>) -> RpcResult<()> {
    let most = node.limits.log_results;
    for log in matching(block, filter) {
        if found.len() == most {
            return Err(limit_exceeded(format!(
                "query returned more than {most} results: ask for fewer blocks"
            )));
        }
        found.push(log);
    }
    Ok(())
}

/// Returns the first and the last block of a range.
fn range(
    view: &ChainView,
    from_block: Option<BlockNumberOrTag>,
    to_block: Option<BlockNumberOrTag>,
) -> RpcResult<(u64, u64)> {
    let head = view.head().number();
    let number = |tag: Option<BlockNumberOrTag>| match tag {
        Some(BlockNumberOrTag::Number(number)) => number,
        Some(BlockNumberOrTag::Earliest) => view.oldest().number(),
        // Logs of the pending block do not exist.
        _ => head,
    };
    let (from, to) = (number(from_block), number(to_block));
    if from > to {
        return Err(backwards());
    }
    if to > head {
        return Err(invalid_params("block range extends beyond current head block"));
    }
    Ok((from, to))
}

/// Checks the block range of `filter`.
///
/// # Errors
///
/// Returns an error if no block can ever be in the range.
pub(crate) fn check_range(filter: &Filter) -> RpcResult<()> {
    filter.block_option.ensure_valid_block_range().map_err(|_| backwards())
}

fn backwards() -> jsonrpsee::types::ErrorObjectOwned {
    invalid_params("invalid block range params")
}

/// Returns the logs of `block` that match `filter`, when it joins the chain.
pub(crate) fn added(block: &Block, filter: &Filter) -> Vec<Log> {
    if !filter.matches_block(&BlockNumHash::new(block.number(), block.hash())) {
        return Vec::new();
    }
    matching(block, filter).collect()
}

/// Returns the logs of `block` that match `filter`, when it leaves the chain, the last one first.
pub(crate) fn removed(block: &Block, filter: &Filter) -> Vec<Log> {
    let mut logs = added(block, filter);
    logs.reverse();
    logs.iter_mut().for_each(|log| log.removed = true);
    logs
}
