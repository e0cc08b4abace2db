//! The handle of a running devnet.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{ChainId, ContractAddresses};
use jsonrpsee::server::ServerHandle;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinHandle, spawn_blocking};
use tokio::time::MissedTickBehavior;

use crate::accounts::{self, DevAccount};
use crate::chain::{Chain, Genesis};
use crate::convert::{evm_address, wei};
use crate::deploy;
use crate::error::DevnetError;
use crate::limits::Limits;
use crate::plan::{Deployment, DeploymentRoles};
use crate::rpc::{self, Node};
use crate::settings::Settings;

/// A running development chain.
///
/// Dropping it stops the chain and closes its connections. Any number can run in one process.
#[derive(Debug)]
pub struct Devnet {
    chain: Arc<Chain>,
    address: SocketAddr,
    accounts: Vec<DevAccount>,
    contracts: ContractAddresses,
    server: ServerHandle,
    miner: Option<AbortHandle>,
}

impl Devnet {
    pub(crate) async fn start(settings: Settings) -> Result<Self, DevnetError> {
        // The socket comes first: who asks for a port in use need not wait for the deployment.
        let listener = listen(settings.address).await?;
        let (block_time, limits) = (settings.block_time, settings.limits.clone());
        let address = settings.address;
        let (chain, accounts, contracts) = joined(spawn_blocking(move || prepare(&settings)))
            .await
            .unwrap_or(Err(DevnetError::RuntimeStopped))?;
        let node = Node {
            chain: Arc::clone(&chain),
            limits,
            accounts: accounts.iter().map(|account| evm_address(account.address)).collect(),
        };
        let (server, address) =
            rpc::serve(node, listener).map_err(|source| DevnetError::Listen { address, source })?;
        let miner = block_time.map(|interval| {
            chain.set_automine(false);
            tokio::spawn(mine_at_interval(Arc::clone(&chain), interval)).abort_handle()
        });
        Ok(Self { chain, address, accounts, contracts, server, miner })
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// URL of the JSON-RPC server over HTTP.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.reachable())
    }

    /// URL of the JSON-RPC server over WebSocket, which can be subscribed to.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.reachable())
    }

    /// An address at which this process reaches the server, also if it listens on all.
    fn reachable(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }

    /// The chain id.
    pub fn chain_id(&self) -> ChainId {
        ChainId::from(self.chain.chain_id())
    }

    /// The accounts that hold HETU from the first block on. The first one deployed the contracts
    /// and owns them.
    pub fn accounts(&self) -> &[DevAccount] {
        &self.accounts
    }

    /// Where the contracts stand: at the same addresses on every devnet. Nothing stands there
    /// on a chain [without contracts](crate::DevnetBuilder::with_contracts).
    pub fn contracts(&self) -> ContractAddresses {
        self.contracts
    }

    /// The number of the latest block.
    pub fn block_number(&self) -> u64 {
        self.chain.view().head().number()
    }

    /// Mines `count` blocks with the waiting transactions and returns the number of the latest
    /// block.
    ///
    /// If the future is dropped, the blocks are mined all the same.
    pub async fn mine(&self, count: u64) -> u64 {
        let chain = Arc::clone(&self.chain);
        let mined = joined(spawn_blocking(move || chain.mine(count, None))).await;
        mined.unwrap_or_else(|| self.block_number())
    }

    /// Makes the time of all following blocks later by `step`, in whole seconds. Time never
    /// passes the year 9999: a step that would take it there does nothing.
    pub fn increase_time(&self, step: Duration) {
        if let Err(error) = self.chain.increase_time(step.as_secs()) {
            tracing::warn!(%error, "the time was not increased");
        }
    }

    /// Stops the chain and waits until the server has closed its connections, so that the port
    /// is free again.
    ///
    /// If the future is dropped, they are closed all the same.
    pub async fn stop(self) {
        let server = self.server.clone();
        drop(self);
        server.stopped().await;
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        if let Some(miner) = &self.miner {
            miner.abort();
        }
        // It fails only if the server has stopped already.
        let _ = self.server.stop();
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, DevnetError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        ErrorKind::AddrInUse => DevnetError::PortInUse { address },
        _ => DevnetError::Listen { address, source },
    })
}

type Prepared = (Arc<Chain>, Vec<DevAccount>, ContractAddresses);

/// Makes the chain and puts the contracts on it.
fn prepare(settings: &Settings) -> Result<Prepared, DevnetError> {
    let accounts = accounts::derive(settings.accounts)?;
    let Limits { waiting_transactions, snapshots, .. } = settings.limits;
    let balance = wei(settings.balance);
    let chain = Chain::new(Genesis {
        chain_id: settings.chain_id,
        block_gas_limit: settings.block_gas_limit,
        base_fee: settings.base_fee,
        balances: accounts.iter().map(|account| (evm_address(account.address), balance)).collect(),
        pool_capacity: waiting_transactions,
        max_snapshots: snapshots,
        clock: Arc::clone(&settings.clock),
    });
    let deployment = Deployment::new(&DeploymentRoles::all(accounts::deployer(&accounts)?), 0)?;
    if settings.contracts {
        let deployer = accounts.first().ok_or(DevnetError::NoDeployer)?;
        deploy::deploy(&chain, &deployer.wallet, &deployment)?;
    }
    let contracts = deployment.addresses()?;
    Ok((Arc::new(chain), accounts, contracts))
}

/// The result of a blocking task, or nothing if the runtime stopped before it could run.
async fn joined<T>(task: JoinHandle<T>) -> Option<T> {
    match task.await {
        Ok(result) => Some(result),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None,
    }
}

async fn mine_at_interval(chain: Arc<Chain>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is immediate, the first block is not.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let chain = Arc::clone(&chain);
        joined(spawn_blocking(move || chain.mine(1, None))).await;
    }
}
