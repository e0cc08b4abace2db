//! The node that a test runs on, as `HETU_TEST_NODE` selects: a devnet, anvil, or a devnet with
//! answers that are altered by dialects.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hetu_chain::primitives::ContractAddresses;
use hetu_chain::{Amount, ChainId, Clock, Hetutensor, Network, SystemClock, Wallet};
use hetu_devnet::{
    Anvil, Deployment, DeploymentRoles, DeploymentStep, DeploymentTarget, Devnet, Reorg, ReorgError,
};
use jsonrpsee::core::client::ClientT;
use jsonrpsee::http_client::HttpClientBuilder;
use serde_json::{Value, json};

use crate::dialect_node::DialectNode;
use crate::faulty_node::FaultyNode;

const NODE_VARIABLE: &str = "HETU_TEST_NODE";
const CHAIN_ID: u64 = 31_337;
/// The HETU of each account.
const BALANCE: &str = "1000000";
/// The number of blocks after a registration during which no subnet can be registered.
const REGISTRATION_RATE_LIMIT: u64 = 100;

/// Returns a different second for each chain of this process: chains that start in the same second
/// have the same first block.
fn genesis_time() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(u64::MAX);
    let now = SystemClock.unix_seconds();
    let earlier = |last: u64| Some(now.min(last - 1));
    match LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, earlier) {
        Ok(last) | Err(last) => now.min(last - 1),
    }
}

/// A node with the contracts.
pub(crate) trait Listens {
    /// Returns the address of the chain itself.
    fn address(&self) -> SocketAddr;

    /// Returns the address that clients call: of the chain itself, or of a node in front of it.
    fn client_address(&self) -> SocketAddr {
        self.address()
    }

    fn network(&self) -> Network;

    fn http_url(&self) -> String {
        format!("http://{}", self.address())
    }
}

pub(crate) enum Node {
    Devnet(Box<Devnet>),
    Dialects { devnet: Box<Devnet>, front: FaultyNode },
    Anvil { anvil: Box<Anvil>, contracts: Box<ContractAddresses> },
}

impl Node {
    pub(crate) async fn spawn() -> Self {
        match std::env::var(NODE_VARIABLE).as_deref() {
            Err(_) | Ok("devnet") => Self::devnet().await,
            Ok("anvil") => Self::anvil().await,
            Ok("dialects") => Self::dialects().await,
            Ok(other) => panic!("{NODE_VARIABLE} is devnet, anvil or dialects, not {other}"),
        }
    }

    /// Starts a devnet regardless of `HETU_TEST_NODE`, for operations that anvil does not support.
    pub(crate) async fn devnet() -> Self {
        Devnet::builder().start().await.unwrap().into()
    }

    async fn dialects() -> Self {
        let devnet = Devnet::builder().start().await.unwrap();
        let front = FaultyNode::before(&devnet, DialectNode::of_this_test().into_faults()).await;
        Self::Dialects { devnet: Box::new(devnet), front }
    }

    async fn anvil() -> Self {
        let (chain_id, begin) = (CHAIN_ID.to_string(), genesis_time().to_string());
        let options = ["--balance", BALANCE, "--chain-id", &chain_id, "--timestamp", &begin];
        let anvil = Anvil::start(options).await.unwrap();
        let deployer = wallet(0);
        let deployment = Deployment::new(&DeploymentRoles::all(deployer.address()), 0).unwrap();
        let contracts = Box::new(deployment.addresses().unwrap());
        let node = Self::Anvil { anvil: Box::new(anvil), contracts };
        let hetu = Hetutensor::connect_without_contracts(node.network()).await.unwrap();
        let hetu = hetu.with_wallet(deployer);
        for step in deployment.steps() {
            take(&hetu, step).await;
        }
        node.mine(REGISTRATION_RATE_LIMIT).await;
        node
    }

    pub(crate) fn chain_id(&self) -> ChainId {
        ChainId::new(CHAIN_ID)
    }

    pub(crate) fn contracts(&self) -> ContractAddresses {
        self.network().contracts
    }

    pub(crate) async fn block_number(&self) -> u64 {
        let number = self.ask("eth_blockNumber", json!([])).await;
        u64::from_str_radix(number.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")])).await;
    }

    pub(crate) async fn increase_time(&self, step: Duration) {
        self.ask("evm_increaseTime", json!([step.as_secs()])).await;
    }

    pub(crate) async fn set_automine(&self, on: bool) {
        self.ask("evm_setAutomine", json!([on])).await;
    }

    /// Replaces blocks. Only a devnet returns their transactions to the pool.
    pub(crate) async fn reorg(&self, reorg: Reorg) -> Result<(), ReorgError> {
        match self {
            Self::Devnet(devnet) | Self::Dialects { devnet, .. } => {
                devnet.reorg(reorg).await.map(drop)
            }
            Self::Anvil { .. } => panic!("tests of reorganisations run on a devnet"),
        }
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let client = HttpClientBuilder::default().build(self.http_url()).unwrap();
        let Value::Array(params) = params else { panic!("parameters are a list") };
        client.request(method, params).await.unwrap()
    }
}

impl Listens for Node {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Devnet(devnet) | Self::Dialects { devnet, .. } => devnet.address(),
            Self::Anvil { anvil, .. } => anvil.address(),
        }
    }

    fn client_address(&self) -> SocketAddr {
        match self {
            Self::Dialects { front, .. } => front.address(),
            _ => self.address(),
        }
    }

    fn network(&self) -> Network {
        match self {
            Self::Devnet(devnet) => devnet.network(),
            Self::Dialects { devnet, front } => devnet.network().at_endpoint(front.url()),
            Self::Anvil { contracts, .. } => {
                let endpoint = self.http_url().parse().unwrap();
                Network::new("local", self.chain_id(), endpoint, **contracts)
                    .allowing_private_addresses()
            }
        }
    }
}

impl Listens for Devnet {
    fn address(&self) -> SocketAddr {
        Self::address(self)
    }

    fn network(&self) -> Network {
        Self::network(self)
    }
}

impl From<Devnet> for Node {
    fn from(devnet: Devnet) -> Self {
        Self::Devnet(Box::new(devnet))
    }
}

pub(crate) fn wallet(account: usize) -> Wallet {
    let phrase = hetu_devnet::DevAccount::MNEMONIC;
    Wallet::from_mnemonic(phrase, u32::try_from(account).unwrap()).unwrap()
}

async fn take(hetu: &Hetutensor, step: &DeploymentStep) {
    let transactions = hetu.transactions();
    match step.target {
        DeploymentTarget::Creates(address) => {
            let created = transactions.create(step.input.clone()).await.unwrap().created;
            assert_eq!(created, Some(address), "{}", step.name);
        }
        DeploymentTarget::Calls(contract) => {
            let input = step.input.clone();
            transactions.call(contract, &step.name, input, Amount::ZERO).await.unwrap();
        }
        _ => panic!("{} is neither a creation nor a call", step.name),
    }
}
