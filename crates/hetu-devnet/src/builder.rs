//! Settings of a devnet.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_chain::{Amount, ChainId, Clock};

use crate::devnet::Devnet;
use crate::error::DevnetError;
use crate::limits::DevnetLimits;
use crate::mining::Mining;
use crate::settings::DevnetSettings;

/// Settings of a devnet. Every one has a default.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing runs until `start` is called"]
pub struct DevnetBuilder(DevnetSettings);

impl Devnet {
    /// Settings, all of which have a default.
    pub fn builder() -> DevnetBuilder {
        DevnetBuilder::default()
    }
}

impl DevnetBuilder {
    /// The chain id. 31337 by default.
    pub fn chain_id(mut self, chain_id: impl Into<ChainId>) -> Self {
        self.0.genesis.chain_id = Some(chain_id.into().get());
        self
    }

    /// The port of the server. 0, the default, takes any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.0.address.set_port(port);
        self
    }

    /// The address that the server listens on. Loopback by default: anybody who reaches the
    /// server can steer the chain, and the keys of its accounts are public.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.0.address.set_ip(host);
        self
    }

    /// When blocks are mined. [`Mining::Instant`] by default.
    pub fn mining(mut self, mining: Mining) -> Self {
        self.0.mining = mining;
        self
    }

    /// How much gas a block can use. 30 million by default.
    pub fn block_gas_limit(mut self, gas: u64) -> Self {
        self.0.genesis.block_gas_limit = Some(gas);
        self
    }

    /// The base fee of the first block, in wei for each gas. 10^9 by default.
    pub fn base_fee(mut self, wei: u64) -> Self {
        self.0.genesis.base_fee = Some(wei);
        self
    }

    /// How many accounts hold HETU. 10 by default.
    pub fn accounts(mut self, count: u32) -> Self {
        self.0.genesis.accounts = Some(count);
        self
    }

    /// How much HETU each account holds in the first block. 1,000,000 HETU by default.
    pub fn balance(mut self, balance: Amount) -> Self {
        self.0.genesis.balance = Some(balance);
        self
    }

    /// Where the time of blocks comes from. The system by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.0.clock = clock;
        self
    }

    /// Whether the Hetu contracts are deployed. They are by default.
    pub fn with_contracts(mut self, contracts: bool) -> Self {
        self.0.genesis.contracts = Some(contracts);
        self
    }

    /// Whether the contracts show no more than the functions of the published network, for trying
    /// out how clients cope with that. They show all by default.
    ///
    /// There is then no RewardDistributor and no Lens, and a call of a function that the published
    /// contracts lack reverts without a reason.
    pub fn published_interface(mut self, published: bool) -> Self {
        self.0.genesis.published_interface = Some(published);
        self
    }

    /// What the chain and its server accept at most.
    pub fn limits(mut self, limits: DevnetLimits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Keeps only the latest `blocks` blocks, with their transactions, receipts, logs and states.
    /// All are kept by default. 0 counts as 1.
    ///
    /// What a chain uses of memory is then bounded, but for what its contracts store. A snapshot
    /// keeps the blocks that it has until it is reverted to.
    pub fn history(mut self, blocks: u64) -> Self {
        self.0.history = Some(blocks.max(1));
        self
    }

    /// Keeps the chain in `folder`, which is made if it is not there, and goes on with the chain
    /// that it holds, if it holds one. By default the chain ends with the devnet.
    ///
    /// A change is on disk before anybody sees it, so a receipt that was answered once is there
    /// after the process was killed or the machine lost its power. Kept are blocks, transactions,
    /// receipts, logs, states, the time that the chain is ahead of the clock, and the waiting
    /// transactions; not snapshots, and not what concerns the running devnet only: its address,
    /// mining, limits and history.
    ///
    /// What a chain has for good need not be named again for one that is there: chain id, gas
    /// limit, base fee, accounts, balance and contracts. What is named must be as it is.
    pub fn state_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.0.state_folder = Some(folder.into());
        self
    }

    /// Starts the chain and its server.
    ///
    /// Cancel safe: if the future is dropped before it is ready, nothing is served and a
    /// deployment that has begun ends by itself.
    ///
    /// # Errors
    ///
    /// [`DevnetError::PortInUse`] or [`DevnetError::Listen`] if there is no such socket to be
    /// had; [`DevnetError::StateFolder`] if the folder cannot be used; the others if the contracts
    /// cannot be deployed with these settings.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<Devnet, DevnetError> {
        Devnet::start(self.0).await
    }
}
