//! `eth_getLogs`.

use alloy_eips::BlockNumberOrTag;
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;

use super::Node;
use super::error::{RpcResult, invalid_params, limit_exceeded, server_error};
use crate::chain::{View, matching};

pub(crate) fn register(module: &mut RpcModule<Node>) -> Result<(), RegisterMethodError> {
    module
        .register_blocking_method("eth_getLogs", |params, node, _| logs(&node, &params.one()?))?;
    Ok(())
}

fn logs(node: &Node, filter: &Filter) -> RpcResult<Vec<Log>> {
    let view = node.chain.view();
    let (from, to) = range(&view, filter)?;
    let most = node.limits.log_blocks;
    if to.saturating_sub(from) >= most {
        return Err(limit_exceeded(format!("exceed maximum block range: {most}")));
    }
    let mut found = Vec::new();
    let most = node.limits.log_results;
    for block in (from..=to).filter_map(|number| view.block_at(number)) {
        for log in matching(block, filter) {
            if found.len() == most {
                return Err(limit_exceeded(format!(
                    "query returned more than {most} results: ask for fewer blocks"
                )));
            }
            found.push(log);
        }
    }
    Ok(found)
}

/// The first and the last block that `filter` asks for.
fn range(view: &View, filter: &Filter) -> RpcResult<(u64, u64)> {
    match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let block = view.block_with(&hash).ok_or_else(|| server_error("unknown block"))?;
            Ok((block.number(), block.number()))
        }
        FilterBlockOption::Range { from_block, to_block } => {
            let head = view.head().number();
            let number = |tag: Option<BlockNumberOrTag>| match tag {
                Some(BlockNumberOrTag::Number(number)) => number,
                Some(BlockNumberOrTag::Earliest) => 0,
                // Logs of the pending block are not kept.
                _ => head,
            };
            let (from, to) = (number(from_block), number(to_block));
            if from > to {
                return Err(invalid_params("invalid block range params"));
            }
            Ok((from, to.min(head)))
        }
    }
}
