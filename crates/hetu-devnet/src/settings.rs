//! Settings of a devnet.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use hetu_chain::primitives::ContractAddresses;
use hetu_chain::{Amount, Clock, SystemClock};
use serde::{Deserialize, Serialize};

use crate::limits::DevnetLimits;
use crate::mining::Mining;

#[derive(Clone, Debug)]
pub(crate) struct DevnetSettings {
    pub(crate) genesis: GenesisOptions,
    pub(crate) address: SocketAddr,
    pub(crate) mining: Mining,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: DevnetLimits,
    pub(crate) history: Option<u64>,
    pub(crate) state_folder: Option<PathBuf>,
}

impl Default for DevnetSettings {
    fn default() -> Self {
        Self {
            genesis: GenesisOptions::default(),
            address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            mining: Mining::Instant,
            clock: Arc::new(SystemClock),
            limits: DevnetLimits::default(),
            history: None,
            state_folder: None,
        }
    }
}

/// Requested values of the permanent settings of a chain.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GenesisOptions {
    pub(crate) chain_id: Option<u64>,
    pub(crate) block_gas_limit: Option<u64>,
    pub(crate) base_fee: Option<u64>,
    pub(crate) accounts: Option<u32>,
    pub(crate) balance: Option<Amount>,
    pub(crate) contracts: Option<bool>,
    pub(crate) published_interface: Option<bool>,
}

/// The permanent settings of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChainSettings {
    pub(crate) chain_id: u64,
    pub(crate) block_gas_limit: u64,
    /// Base fee of the first block, in wei per gas.
    pub(crate) base_fee: u64,
    pub(crate) accounts: u32,
    /// Balance of each account in the first block, in wei.
    pub(crate) balance: Amount,
    pub(crate) has_contracts: bool,
    /// Addresses of the contracts, if they are deployed.
    pub(crate) contracts: ContractAddresses,
}

impl GenesisOptions {
    pub(crate) fn chain_id(&self) -> u64 {
        self.chain_id.unwrap_or(31_337)
    }

    pub(crate) fn accounts(&self) -> u32 {
        self.accounts.unwrap_or(10)
    }

    pub(crate) fn has_contracts(&self) -> bool {
        self.contracts.unwrap_or(true)
    }

    pub(crate) fn published_interface(&self) -> bool {
        self.published_interface.unwrap_or(false)
    }

    /// Returns the settings of a new chain with the contracts at `contracts`.
    pub(crate) fn settle(&self, contracts: ContractAddresses) -> ChainSettings {
        ChainSettings {
            chain_id: self.chain_id(),
            block_gas_limit: self.block_gas_limit.unwrap_or(30_000_000),
            base_fee: self.base_fee.unwrap_or(1_000_000_000),
            accounts: self.accounts(),
            balance: self.balance.unwrap_or(Amount::from_hetu(1_000_000)),
            has_contracts: self.has_contracts(),
            contracts,
        }
    }

    /// Returns the first requested setting that differs from `stored`, or `None`.
    pub(crate) fn difference(&self, stored: &ChainSettings) -> Option<SettingDifference> {
        differs("chain id", self.chain_id, stored.chain_id)
            .or_else(|| differs("block gas limit", self.block_gas_limit, stored.block_gas_limit))
            .or_else(|| differs("base fee", self.base_fee, stored.base_fee))
            .or_else(|| differs("number of accounts", self.accounts, stored.accounts))
            .or_else(|| differs("balance", self.balance, stored.balance))
            .or_else(|| differs("contracts", self.contracts, stored.has_contracts))
            .or_else(|| {
                let is_published = stored.contracts.lens.is_none();
                differs("published interface", self.published_interface, is_published)
            })
    }
}

/// A setting with a stored value other than the requested one.
#[derive(Debug)]
pub(crate) struct SettingDifference {
    pub(crate) setting: &'static str,
    pub(crate) stored: String,
    pub(crate) given: String,
}

fn differs<T: PartialEq + ToString>(
    setting: &'static str,
    given: Option<T>,
    stored: T,
) -> Option<SettingDifference> {
    let given = given.filter(|given| *given != stored)?;
    Some(SettingDifference { setting, stored: stored.to_string(), given: given.to_string() })
}
