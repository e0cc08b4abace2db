//! Default values of `eth_sendTransaction`, as in go-ethereum.

use alloy_consensus::TypedTransaction;
use alloy_primitives::TxKind;
use alloy_rpc_types_eth::TransactionRequest;

use super::RpcNode;
use super::error::{RpcResult, invalid_params, server_error};
use crate::chain::{Block, ChainView, EvmCall, SUGGESTED_TIP, TransactionRefusal, estimate};

/// The sources of the default values.
#[derive(Debug)]
pub(crate) struct FillBasis<'a> {
    pub(crate) view: &'a ChainView,
    /// Block after which the transaction is to run.
    pub(crate) block: &'a Block,
    /// Base fee of the transaction's block, in wei.
    pub(crate) base_fee: u64,
    pub(crate) nonce: u64,
}

/// Returns the complete transaction of `request`.
pub(crate) fn fill(
    node: &RpcNode,
    basis: FillBasis<'_>,
    mut request: TransactionRequest,
) -> RpcResult<TypedTransaction> {
    check(&request)?;
    request.chain_id = Some(request.chain_id.unwrap_or(node.chain.chain_id()));
    request.nonce = Some(request.nonce.unwrap_or(basis.nonce));
    request.to = Some(request.to.unwrap_or(TxKind::Create));
    fill_fees(&mut request, basis.base_fee)?;
    let (chain_id, cap) = (node.chain.chain_id(), node.limits.call_gas);
    let call = EvmCall::new(basis.view, basis.block, chain_id, cap, request.clone())?;
    if request.gas.is_none() {
        request.gas = Some(estimate(&call, cap, None)?);
    }
    request.build_consensus_tx().map_err(|error| invalid_params(error.error))
}

fn check(request: &TransactionRequest) -> RpcResult<()> {
    if request.has_eip4844_fields() || request.authorization_list.is_some() {
        return Err(TransactionRefusal::TypeNotSupported.into());
    }
    let input = request.input.unique_input().map_err(|_| TransactionRefusal::TwoInputs)?;
    let creates = !matches!(request.to, Some(TxKind::Call(_)));
    if creates && input.is_none_or(|input| input.is_empty()) {
        return Err(server_error("contract creation without any data provided"));
    }
    if request.gas_price.is_some() && request.has_eip1559_fields() {
        return Err(TransactionRefusal::TwoFeeStyles.into());
    }
    Ok(())
}

fn fill_fees(request: &mut TransactionRequest, base_fee: u64) -> RpcResult<()> {
    if request.gas_price.is_some() {
        return Ok(());
    }
    let affordable = request.max_fee_per_gas.unwrap_or(u128::MAX);
    let tip = request.max_priority_fee_per_gas.unwrap_or_else(|| affordable.min(SUGGESTED_TIP));
    // Sufficient until the base fee has doubled, which takes six full blocks.
    let enough = tip.saturating_add(2 * u128::from(base_fee));
    let fee = request.max_fee_per_gas.unwrap_or(enough);
    if fee < tip {
        return Err(server_error(format!("maxFeePerGas ({fee}) < maxPriorityFeePerGas ({tip})")));
    }
    (request.max_fee_per_gas, request.max_priority_fee_per_gas) = (Some(fee), Some(tip));
    Ok(())
}
