//! Identity of the node and its network.

use alloy_primitives::{Bytes, U64, keccak256};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;

use super::RpcNode;
use super::error::RpcResult;

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_method("net_version", |_, node, _| node.chain.chain_id().to_string())?;
    module.register_method("net_listening", |_, _, _| true)?;
    module.register_method("net_peerCount", |_, _, _| RpcResult::Ok(U64::ZERO))?;
    module.register_method("web3_sha3", |params, _, _| {
        let data: Bytes = params.one()?;
        RpcResult::Ok(keccak256(data))
    })?;
    module.register_method("web3_clientVersion", |_, _, _| {
        concat!("hetu-devnet/v", env!("CARGO_PKG_VERSION"))
    })?;
    Ok(())
}
