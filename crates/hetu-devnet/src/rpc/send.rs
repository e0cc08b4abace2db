//! Submission of transactions.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use alloy_rpc_types_eth::TransactionRequest;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;

use super::RpcNode;
use super::error::RpcResult;
use super::fill::{FillBasis, fill};

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("eth_sendRawTransaction", |params, node, _| {
        let raw: Bytes = params.one()?;
        RpcResult::Ok(node.chain.submit(&raw)?)
    })?;
    module.register_blocking_method("eth_sendTransaction", |params, node, _| {
        send(&node, params.one()?)
    })?;
    Ok(())
}

fn send(node: &RpcNode, request: TransactionRequest) -> RpcResult<B256> {
    let sender = node.keys.sender(&request)?;
    // Two transactions that are sent concurrently must not get the same nonce.
    let _turn = node.keys.turn();
    let view = node.chain.view();
    // The waiting transactions matter only where the gas is estimated.
    let block = match request.gas {
        Some(_) => Arc::clone(view.head()),
        None => Arc::new(node.chain.pending()),
    };
    let basis = FillBasis {
        view: &view,
        block: &block,
        base_fee: view.head().next_base_fee(),
        nonce: view.pool.next_nonce(&sender, view.head().state.nonce(&sender)),
    };
    let transaction = node.keys.sign(sender, fill(node, basis, request)?)?;
    Ok(node.chain.accept(transaction)?)
}
