//! Builder of a devnet.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_chain::{Amount, ChainId, Clock};

use crate::devnet::Devnet;
use crate::error::DevnetError;
use crate::limits::DevnetLimits;
use crate::mining::Mining;
use crate::settings::DevnetSettings;

/// A builder of a [`Devnet`]. Every setting has a default.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing runs until `start` is called"]
pub struct DevnetBuilder(DevnetSettings);

impl Devnet {
    /// Returns a builder with default settings.
    pub fn builder() -> DevnetBuilder {
        DevnetBuilder::default()
    }
}

impl DevnetBuilder {
    /// Sets the chain id. 31337 by default.
    pub fn chain_id(mut self, chain_id: impl Into<ChainId>) -> Self {
        self.0.genesis.chain_id = Some(chain_id.into().get());
        self
    }

    /// Sets the port of the server. 0, the default, selects any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.0.address.set_port(port);
        self
    }

    /// Sets the address that the server listens on. Loopback by default: any client that reaches
    /// the server can control the chain, and the keys of its accounts are public.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.0.address.set_ip(host);
        self
    }

    /// Sets the mining mode. [`Mining::Instant`] by default.
    pub fn mining(mut self, mining: Mining) -> Self {
        self.0.mining = mining;
        self
    }

    /// Sets the gas limit of a block. 30 million by default.
    pub fn block_gas_limit(mut self, gas: u64) -> Self {
        self.0.genesis.block_gas_limit = Some(gas);
        self
    }

    /// Sets the base fee of the first block, in wei per gas. 10^9 by default.
    pub fn base_fee(mut self, wei: u64) -> Self {
        self.0.genesis.base_fee = Some(wei);
        self
    }

    /// Sets the number of funded accounts. 10 by default.
    pub fn accounts(mut self, count: u32) -> Self {
        self.0.genesis.accounts = Some(count);
        self
    }

    /// Sets the balance of each account in the first block. 1,000,000 HETU by default.
    pub fn balance(mut self, balance: Amount) -> Self {
        self.0.genesis.balance = Some(balance);
        self
    }

    /// Sets the clock that block times come from. The system clock by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.0.clock = clock;
        self
    }

    /// Sets whether the Hetu contracts are deployed. `true` by default.
    pub fn with_contracts(mut self, contracts: bool) -> Self {
        self.0.genesis.contracts = Some(contracts);
        self
    }

    /// Sets whether the contracts expose only the functions of the published network, to test how
    /// clients handle the missing ones. `false` by default: all functions are exposed.
    ///
    /// With `true`, the chain has no RewardDistributor and no Lens, and a call of a function that
    /// the published contracts lack reverts without a reason.
    pub fn published_interface(mut self, published: bool) -> Self {
        self.0.genesis.published_interface = Some(published);
        self
    }

    /// Sets the limits of the chain and its server.
    pub fn limits(mut self, limits: DevnetLimits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Keeps only the latest `blocks` blocks, with their transactions, receipts, logs and states.
    /// All blocks are kept by default. 0 counts as 1.
    ///
    /// The memory of the chain is then bounded, except for the storage of its contracts. A snapshot
    /// keeps its blocks until the chain is reverted to it.
    pub fn history(mut self, blocks: u64) -> Self {
        self.0.history = Some(blocks.max(1));
        self
    }

    /// Stores the chain in `folder`, which is created if it does not exist. If the folder already
    /// holds a chain, the devnet continues it. By default the chain ends with the devnet.
    ///
    /// Each change is on disk before it becomes visible, so a receipt that was returned once
    /// survives the end of the process and a loss of power. The folder holds blocks, transactions,
    /// receipts, logs, states, the time that the chain is ahead of the clock, and the waiting
    /// transactions. It does not hold snapshots, nor the settings that concern only the running
    /// devnet: address, mining, limits and history.
    ///
    /// The permanent settings of an existing chain can be omitted: chain id, gas limit, base fee,
    /// accounts, balance and contracts. A setting that is given must equal the stored one.
    pub fn state_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.0.state_folder = Some(folder.into());
        self
    }

    /// Starts the chain and its server.
    ///
    /// # Errors
    ///
    /// Returns [`DevnetError::PortInUse`] or [`DevnetError::Listen`] if the server cannot listen on
    /// the address, [`DevnetError::StateFolder`] if the folder cannot be used, and the other errors
    /// if the contracts cannot be deployed with these settings.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. If the future is dropped before it is ready, no server runs, and a deployment
    /// in progress ends by itself.
    pub async fn start(self) -> Result<Devnet, DevnetError> {
        Devnet::start(self.0).await
    }
}
