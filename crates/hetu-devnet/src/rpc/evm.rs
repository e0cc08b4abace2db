//! Control of the chain: blocks, time and snapshots.

use alloy_primitives::U64;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::Params;

use super::RpcNode;
use super::error::{RpcResult, invalid_params, limit_exceeded};
use super::params::{MineOptions, Quantity};
use crate::mining::Mining;

// All of these wait for the writer, so they run outside of the threads that serve other requests.
pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("evm_mine", |params, node, _| mine(&node, &params))?;
    module.register_blocking_method("anvil_mine", |params, node, _| mine_apart(&node, &params))?;
    module.register_alias("hardhat_mine", "anvil_mine")?;
    register_mining(module)?;
    register_time(module)?;
    module.register_blocking_method("evm_snapshot", |_, node, _| {
        let full = || {
            let kept = node.limits.snapshots;
            limit_exceeded(format!("{kept} snapshots are kept already: revert to one of them"))
        };
        node.chain.snapshot().map(U64::from).ok_or_else(full)
    })?;
    module.register_blocking_method("evm_revert", |params, node, _| {
        let id: Quantity = params.one()?;
        RpcResult::Ok(node.chain.revert(id.to_u64()?)?)
    })?;
    Ok(())
}

fn register_mining(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("evm_setAutomine", |params, node, _| {
        let is_instant = node.mining() == Mining::Instant;
        match params.one()? {
            true => node.chain.set_mining(Mining::Instant)?,
            false if is_instant => node.chain.set_mining(Mining::Manual)?,
            false => {}
        }
        RpcResult::Ok(())
    })?;
    module.register_blocking_method("evm_setIntervalMining", |params, node, _| {
        let seconds: Quantity = params.one()?;
        RpcResult::Ok(node.chain.set_mining(Mining::each(seconds.to_u64()?))?)
    })?;
    module.register_alias("anvil_setIntervalMining", "evm_setIntervalMining")?;
    module.register_method("anvil_getAutomine", |_, node, _| node.mining() == Mining::Instant)?;
    module.register_alias("hardhat_getAutomine", "anvil_getAutomine")?;
    module.register_method("anvil_getIntervalMining", |_, node, _| match node.mining() {
        Mining::Interval(interval) => Some(interval.as_secs()),
        _ => None,
    })?;
    Ok(())
}

fn register_time(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("evm_increaseTime", |params, node, _| {
        let seconds: Quantity = params.one()?;
        RpcResult::Ok(node.chain.increase_time(seconds.to_u64()?)?)
    })?;
    module.register_blocking_method("evm_setNextBlockTimestamp", |params, node, _| {
        let timestamp: Quantity = params.one()?;
        RpcResult::Ok(node.chain.set_next_timestamp(timestamp.to_u64()?)?)
    })?;
    module.register_blocking_method("evm_setTime", |params, node, _| {
        let timestamp: Quantity = params.one()?;
        RpcResult::Ok(node.chain.set_time(timestamp.to_u64()?)?)
    })?;
    Ok(())
}

fn mine(node: &RpcNode, params: &Params<'_>) -> RpcResult<&'static str> {
    let options: Option<MineOptions> = params.sequence().optional_next()?;
    let (count, timestamp) = match options {
        None => (None, None),
        Some(MineOptions::Timestamp(timestamp)) => (None, Some(timestamp)),
        Some(MineOptions::Object { timestamp, blocks }) => (blocks, timestamp),
    };
    let count = bounded(node, count)?;
    if let Some(timestamp) = timestamp {
        node.chain.set_next_timestamp(timestamp.to_u64()?)?;
    }
    node.chain.mine(count, None)?;
    Ok("0x0")
}

fn mine_apart(node: &RpcNode, params: &Params<'_>) -> RpcResult<()> {
    let mut params = params.sequence();
    let count = bounded(node, params.optional_next()?)?;
    let interval: Option<Quantity> = params.optional_next()?;
    let interval = interval.map(Quantity::to_u64).transpose()?;
    node.chain.mine(count, interval)?;
    Ok(())
}

/// Returns the number of blocks, if it is within the limit of one request.
pub(crate) fn bounded(node: &RpcNode, count: Option<Quantity>) -> RpcResult<u64> {
    let count = count.map_or(Ok(1), Quantity::to_u64)?;
    let most = node.limits.mined_blocks;
    if count > most {
        return Err(invalid_params(format!(
            "{count} blocks are too many: ask for at most {most} at once"
        )));
    }
    Ok(count)
}
