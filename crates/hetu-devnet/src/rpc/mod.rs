//! The JSON-RPC server: HTTP and WebSocket on one port.

mod anvil;
mod any_id;
mod convert;
mod error;
mod eth;
mod evm;
mod fees;
mod fill;
mod filters;
mod keys;
mod logs;
mod net;
mod params;
mod send;
mod state;
mod subscribe;
mod transport;
mod txpool;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alloy_eips::{BlockId, BlockNumberOrTag};
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::core::traits::IdProvider;
use jsonrpsee::server::{BatchRequestConfig, ServerBuilder, ServerConfig, ServerHandle};
use jsonrpsee::types::SubscriptionId;
use jsonrpsee::{Methods, RpcModule};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

use crate::accounts::DevAccount;
use crate::chain::{Block, Chain, ChainView};
use crate::limits::DevnetLimits;
use crate::mining::Mining;
use any_id::AnyId;
use error::{RpcResult, pruned_history, pruned_state, server_error, unknown_block};
use filters::Filters;
use keys::AccountKeys;
use transport::SubscriptionsRefused;

/// The state that all methods share.
#[derive(Debug)]
pub(crate) struct RpcNode {
    pub(crate) chain: Arc<Chain>,
    pub(crate) limits: DevnetLimits,
    pub(crate) filters: Arc<Filters>,
    keys: AccountKeys,
}

impl RpcNode {
    /// Returns a node on `chain`, which signs for `accounts`.
    pub(crate) fn new(chain: Arc<Chain>, limits: DevnetLimits, accounts: &[DevAccount]) -> Self {
        let filters = Arc::new(Filters::new(limits.filters));
        Self { chain, limits, filters, keys: AccountKeys::new(accounts) }
    }

    fn mining(&self) -> Mining {
        *self.chain.mining().borrow()
    }

    /// Returns the block that `id` names for a state query, or the latest one for `None`.
    fn block(&self, id: Option<BlockId>) -> RpcResult<Arc<Block>> {
        let id = id.unwrap_or_default();
        if id == BlockId::Number(BlockNumberOrTag::Pending) {
            return Ok(Arc::new(self.chain.pending()));
        }
        let view = self.chain.view();
        view.block(id).cloned().ok_or_else(|| match id {
            BlockId::Hash(id) if view.block_with(&id.block_hash).is_some() => {
                server_error("hash is not currently canonical")
            }
            id if view.is_pruned(id) => pruned_state(id),
            _ => unknown_block(),
        })
    }
}

/// Returns the mined block that `id` names, if there is one.
///
/// # Errors
///
/// Returns an error if the block is no longer kept.
fn mined_block(view: &ChainView, id: impl Into<BlockId>) -> RpcResult<Option<&Arc<Block>>> {
    let id = id.into();
    if view.is_pruned(id) { Err(pruned_history()) } else { Ok(view.block(id)) }
}

/// Serves `node` on `listener` until the handle is stopped.
///
/// # Errors
///
/// Returns an error if the socket cannot be used.
pub(crate) fn serve(
    node: RpcNode,
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
    let limit = limits.request_bytes;
    let ids = ServiceBuilder::new().layer_fn(move |inner| AnyId { inner, limit });
    let middleware = RpcServiceBuilder::new().layer_fn(SubscriptionsRefused);
    let server = ServerBuilder::with_config(config)
        .set_http_middleware(ids)
        .set_rpc_middleware(middleware)
        .build_from_tcp(listener.into_std()?)?;
    let address = server.local_addr()?;
    let methods = methods(node).expect("each method has its own name");
    Ok((server.start(methods), address))
}

fn methods(node: RpcNode) -> Result<Methods, RegisterMethodError> {
    let mut module = RpcModule::new(node);
    anvil::register(&mut module)?;
    eth::register(&mut module)?;
    evm::register(&mut module)?;
    fees::register(&mut module)?;
    filters::register(&mut module)?;
    keys::register(&mut module)?;
    logs::register(&mut module)?;
    net::register(&mut module)?;
    send::register(&mut module)?;
    state::register(&mut module)?;
    subscribe::register(&mut module)?;
    txpool::register(&mut module)?;
    Ok(module.into())
}

/// A generator of subscription ids in the format of Ethereum nodes, `0x` and hexadecimal digits.
#[derive(Debug, Default)]
struct SubscriptionIds(AtomicU64);

impl IdProvider for SubscriptionIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        SubscriptionId::Str(format!("{number:#x}").into())
    }
}
