//! Takes signed transactions in.

use alloy_primitives::Bytes;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;

use super::Node;
use super::error::RpcResult;

pub(crate) fn register(module: &mut RpcModule<Node>) -> Result<(), RegisterMethodError> {
    module.register_blocking_method("eth_sendRawTransaction", |params, node, _| {
        let raw: Bytes = params.one()?;
        RpcResult::Ok(node.chain.submit(&raw)?)
    })?;
    Ok(())
}
