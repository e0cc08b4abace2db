//! The JSON-RPC server: HTTP and WebSocket on one port.

mod convert;
mod error;
mod eth;
mod evm;
mod fees;
mod filter;
mod net;
mod params;
mod send;
mod state;
mod subscribe;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::Address;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::core::traits::IdProvider;
use jsonrpsee::server::{BatchRequestConfig, ServerBuilder, ServerConfig, ServerHandle};
use jsonrpsee::types::SubscriptionId;
use jsonrpsee::{Methods, RpcModule};
use tokio::net::TcpListener;

use crate::chain::{Block, Chain};
use crate::limits::Limits;
use error::{RpcResult, unknown_block};

/// What every method can reach.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) chain: Arc<Chain>,
    pub(crate) limits: Limits,
    pub(crate) accounts: Vec<Address>,
}

impl Node {
    /// The block that `id` names, the latest one if it names none.
    fn block(&self, id: Option<BlockId>) -> RpcResult<Arc<Block>> {
        let id = id.unwrap_or_default();
        if id == BlockId::Number(BlockNumberOrTag::Pending) {
            return Ok(Arc::new(self.chain.pending()));
        }
        let view = self.chain.view();
        view.block(id).cloned().ok_or_else(unknown_block)
    }
}

/// Serves `node` on `listener` until the handle is told to stop.
///
/// # Errors
///
/// If the socket cannot be used.
pub(crate) fn serve(
    node: Node,
    listener: TcpListener,
) -> std::io::Result<(ServerHandle, SocketAddr)> {
    let limits = &node.limits;
    let config = ServerConfig::builder()
        .max_request_body_size(limits.request_bytes)
        .max_response_body_size(limits.response_bytes)
        .max_connections(limits.connections)
        .max_subscriptions_per_connection(limits.subscriptions)
        .set_message_buffer_capacity(limits.backlog)
        .set_batch_request_config(BatchRequestConfig::Limit(limits.batch))
        .set_id_provider(SubscriptionIds::default())
        .build();
    let server = ServerBuilder::with_config(config).build_from_tcp(listener.into_std()?)?;
    let address = server.local_addr()?;
    let methods = methods(node).expect("each method has its own name");
    Ok((server.start(methods), address))
}

fn methods(node: Node) -> Result<Methods, RegisterMethodError> {
    let mut module = RpcModule::new(node);
    eth::register(&mut module)?;
    evm::register(&mut module)?;
    fees::register(&mut module)?;
    filter::register(&mut module)?;
    net::register(&mut module)?;
    send::register(&mut module)?;
    state::register(&mut module)?;
    subscribe::register(&mut module)?;
    Ok(module.into())
}

/// Numbers subscriptions in the form of Ethereum nodes, `0x` and hexadecimal digits.
#[derive(Debug, Default)]
struct SubscriptionIds(AtomicU64);

impl IdProvider for SubscriptionIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        SubscriptionId::Str(format!("{number:#x}").into())
    }
}
