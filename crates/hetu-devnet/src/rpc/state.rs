//! Account state, and calls that change no state.

use alloy_eips::eip2930::AccessListResult;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U64, U256};
use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::Params;

use super::RpcNode;
use super::error::RpcResult;
use crate::chain::{EvmCall, access_list, estimate, succeeded};

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("eth_getBalance", |params, node, _| {
        let mut params = params.sequence();
        let address: Address = params.next()?;
        let block = node.block(params.optional_next()?)?;
        RpcResult::Ok(block.state.balance(&address))
    })?;
    module.register_blocking_method("eth_getCode", |params, node, _| {
        let mut params = params.sequence();
        let address: Address = params.next()?;
        let block = node.block(params.optional_next()?)?;
        RpcResult::Ok(block.state.code(&address))
    })?;
    module.register_blocking_method("eth_getStorageAt", |params, node, _| {
        let mut params = params.sequence();
        let address: Address = params.next()?;
        let slot: U256 = params.next()?;
        let block = node.block(params.optional_next()?)?;
        RpcResult::Ok(B256::from(block.state.slot(&address, &slot)))
    })?;
    module.register_method("eth_getTransactionCount", |params, node, _| {
        let mut params = params.sequence();
        let address: Address = params.next()?;
        let id: Option<BlockId> = params.optional_next()?;
        transaction_count(node, &address, id)
    })?;
    module.register_blocking_method("eth_call", |params, node, _| {
        let (call, _) = call(&node, &params)?;
        RpcResult::Ok(call.output()?)
    })?;
    module
        .register_blocking_method("eth_estimateGas", |params, node, _| estimated(&node, &params))?;
    module.register_blocking_method("eth_createAccessList", |params, node, _| {
        let (call, _) = call(&node, &params)?;
        let (access_list, result) = access_list(call)?;
        RpcResult::Ok(AccessListResult {
            access_list,
            gas_used: U256::from(result.tx_gas_used()),
            error: succeeded(result).err().map(|error| error.to_string()),
        })
    })?;
    Ok(())
}

fn transaction_count(node: &RpcNode, address: &Address, id: Option<BlockId>) -> RpcResult<U64> {
    if id == Some(BlockId::Number(BlockNumberOrTag::Pending)) {
        let view = node.chain.view();
        let mined = view.head().state.nonce(address);
        return Ok(U64::from(view.pool.next_nonce(address, mined)));
    }
    Ok(U64::from(node.block(id)?.state.nonce(address)))
}

/// Reads a call, its block and its state overrides.
fn call(node: &RpcNode, params: &Params<'_>) -> RpcResult<(EvmCall, Option<u64>)> {
    let mut params = params.sequence();
    let request: TransactionRequest = params.next()?;
    let block = node.block(params.optional_next()?)?;
    let accounts: Option<StateOverride> = params.optional_next()?;
    let environment: Option<BlockOverrides> = params.optional_next()?;

    let gas = request.gas;
    let view = node.chain.view();
    let (chain_id, cap) = (node.chain.chain_id(), node.limits.call_gas);
    let mut call = EvmCall::new(&view, &block, chain_id, cap, request)?;
    call.override_state(accounts.unwrap_or_default())?;
    call.override_block(environment.unwrap_or_default())?;
    Ok((call, gas))
}

fn estimated(node: &RpcNode, params: &Params<'_>) -> RpcResult<U64> {
    let (call, gas) = call(node, params)?;
    Ok(U64::from(estimate(&call, node.limits.call_gas, gas)?))
}
