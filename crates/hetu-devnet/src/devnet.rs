//! The handle of a running devnet.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hetu_chain::ChainId;
use hetu_chain::primitives::ContractAddresses;
use hetu_chain::text::ForeignError;
use jsonrpsee::server::ServerHandle;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinHandle, spawn_blocking};

use crate::accounts::DevAccount;
use crate::chain::{Chain, Replacement, decode};
use crate::error::DevnetError;
use crate::interval_mining::mine_at_intervals;
use crate::mining::Mining;
use crate::reorg::{Reorg, ReorgError};
use crate::rpc::{self, RpcNode};
use crate::settings::DevnetSettings;
use crate::start::{StartedChain, start};

/// A running development chain.
///
/// The chain stops and its connections close on drop. Any number can run in one process.
#[derive(Debug)]
pub struct Devnet {
    chain: Arc<Chain>,
    address: SocketAddr,
    accounts: Vec<DevAccount>,
    contracts: ContractAddresses,
    server: ServerHandle,
    background: [AbortHandle; 2],
}

impl Devnet {
    pub(crate) async fn start(settings: DevnetSettings) -> Result<Self, DevnetError> {
        // The socket comes first, so that a port in use is reported before the deployment.
        let listener = listen(settings.address).await?;
        let (mining, limits) = (settings.mining, settings.limits.clone());
        let address = settings.address;
        let StartedChain { chain, accounts, contracts } =
            joined(spawn_blocking(move || start(&settings)))
                .await
                .unwrap_or(Err(DevnetError::RuntimeStopped))?;
        chain.set_mining(mining)?;
        let node = RpcNode::new(Arc::clone(&chain), limits, &accounts);
        let sweep = node.filters.sweep_regularly(Arc::clone(&chain));
        let (server, address) =
            rpc::serve(node, listener).map_err(|source| DevnetError::Listen { address, source })?;
        let mine = mine_at_intervals(Arc::clone(&chain));
        let background = [tokio::spawn(mine).abort_handle(), tokio::spawn(sweep).abort_handle()];
        Ok(Self { chain, address, accounts, contracts, server, background })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the JSON-RPC server over HTTP.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.reachable())
    }

    /// Returns the URL of the JSON-RPC server over WebSocket, which supports subscriptions.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.reachable())
    }

    /// Returns an address at which this process reaches the server, even if it listens on all
    /// addresses.
    fn reachable(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }

    /// Returns the chain id.
    pub fn chain_id(&self) -> ChainId {
        ChainId::from(self.chain.chain_id())
    }

    /// Returns the funded accounts. The first one deployed the contracts and owns them.
    pub fn accounts(&self) -> &[DevAccount] {
        &self.accounts
    }

    /// Returns the addresses of the contracts, which are the same on every devnet. On a chain
    /// [without contracts](crate::DevnetBuilder::with_contracts) the addresses have no code.
    pub fn contracts(&self) -> ContractAddresses {
        self.contracts
    }

    pub(crate) fn chain(&self) -> Arc<Chain> {
        Arc::clone(&self.chain)
    }

    /// Returns the number of the latest block.
    pub fn block_number(&self) -> u64 {
        self.chain.view().head().number()
    }

    /// Returns the gas limit of a block.
    pub fn block_gas_limit(&self) -> u64 {
        self.chain.view().head().header.gas_limit
    }

    /// Returns the base fee of the next block, in wei per gas.
    pub fn next_base_fee(&self) -> u64 {
        self.chain.view().head().next_base_fee()
    }

    /// Mines `count` blocks with the waiting transactions and returns the number of the latest
    /// block.
    ///
    /// If the blocks cannot be saved in the [state folder](crate::DevnetBuilder::state_folder),
    /// they are not mined, and the error is logged.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the blocks are still mined.
    pub async fn mine(&self, count: u64) -> u64 {
        let chain = Arc::clone(&self.chain);
        let mined = joined(spawn_blocking(move || chain.mine(count, None))).await;
        mined.and_then(Result::ok).unwrap_or_else(|| self.block_number())
    }

    /// Returns the mining mode.
    pub fn mining(&self) -> Mining {
        *self.chain.mining().borrow()
    }

    /// Changes the mining mode. If mining becomes instant, executable waiting transactions are
    /// mined at once.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the change still takes effect.
    pub async fn set_mining(&self, mining: Mining) {
        let chain = Arc::clone(&self.chain);
        // The chain itself logs blocks that it cannot save.
        let _ = joined(spawn_blocking(move || chain.set_mining(mining))).await;
    }

    /// Replaces the latest blocks by others and returns the number of the latest one. Subscribers
    /// receive the removed logs first, then the new blocks.
    ///
    /// The block number stays the same, or grows if mining is instant and transactions of the
    /// replaced blocks are mined again after the new ones. The latest 128 replaced blocks can still
    /// be requested by hash.
    ///
    /// # Errors
    ///
    /// Returns [`ReorgError`] if there are not that many blocks, or a transaction may not run in
    /// its block. The chain is then unchanged.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the reorganisation still takes place.
    pub async fn reorg(&self, reorg: Reorg) -> Result<u64, ReorgError> {
        let chain = Arc::clone(&self.chain);
        let done = joined(spawn_blocking(move || chain.reorg(decoded(&chain, reorg)?))).await;
        done.unwrap_or(Err(ReorgError::RuntimeStopped))
    }

    /// Adds `step`, in whole seconds, to the time of all following blocks. Block time never passes
    /// the year 9999: a step beyond it has no effect.
    pub fn increase_time(&self, step: Duration) {
        if let Err(error) = self.chain.increase_time(step.as_secs()) {
            tracing::warn!(%error, "the time was not increased");
        }
    }

    /// Stops the chain and waits until the server has closed its connections, so that the port is
    /// free again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the connections are still closed.
    pub async fn stop(self) {
        let server = self.server.clone();
        drop(self);
        server.stopped().await;
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        self.background.iter().for_each(AbortHandle::abort);
        // Changes without an answer yet are not saved, so that the next chain can use the folder.
        self.chain.close();
        // Stopping fails only if the server has stopped already.
        let _ = self.server.stop();
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, DevnetError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        ErrorKind::AddrInUse => DevnetError::PortInUse { address },
        _ => DevnetError::Listen { address, source },
    })
}

/// Returns the result of a blocking task, or `None` if the runtime stopped before it could run.
pub(crate) async fn joined<T>(task: JoinHandle<T>) -> Option<T> {
    match task.await {
        Ok(result) => Some(result),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None,
    }
}

fn decoded(chain: &Chain, reorg: Reorg) -> Result<Replacement, ReorgError> {
    let decode = |(block, raw): (u64, Vec<u8>)| match decode(&raw, chain.chain_id()) {
        Ok(transaction) => Ok((block, transaction)),
        Err(reason) => Err(ReorgError::Transaction { block, reason: ForeignError::new(reason) }),
    };
    Ok(Replacement {
        depth: reorg.depth,
        transactions: reorg.transactions.into_iter().map(decode).collect::<Result<_, _>>()?,
        forgets: reorg.forgets,
    })
}
