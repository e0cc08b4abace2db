//! Who is asked.

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;

use super::Node;

pub(crate) fn register(module: &mut RpcModule<Node>) -> Result<(), RegisterMethodError> {
    module.register_method("net_version", |_, node, _| node.chain.chain_id().to_string())?;
    module.register_method("net_listening", |_, _, _| true)?;
    module.register_method("web3_clientVersion", |_, _, _| {
        concat!("hetu-devnet/v", env!("CARGO_PKG_VERSION"))
    })?;
    Ok(())
}
