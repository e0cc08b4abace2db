//! Creation of the chain of a devnet, or its restoration from a folder.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::Arc;

use hetu_chain::primitives::ContractAddresses;

use crate::accounts::{self, DevAccount};
use crate::chain::{Chain, ChainConfig, Genesis, PoolLimits};
use crate::convert::{evm_address, wei};
use crate::deploying;
use crate::deployment_plan::{Deployment, DeploymentRoles};
use crate::error::DevnetError;
use crate::settings::{ChainSettings, DevnetSettings};
use crate::store::{self, OpenedFolder, StateFolderError, StoredChain};

/// A chain with its accounts.
#[derive(Debug)]
pub(crate) struct StartedChain {
    pub(crate) chain: Arc<Chain>,
    pub(crate) accounts: Vec<DevAccount>,
    pub(crate) contracts: ContractAddresses,
}

pub(crate) fn start(settings: &DevnetSettings) -> Result<StartedChain, DevnetError> {
    let Some(folder) = &settings.state_folder else {
        return Ok(new(settings)?.0);
    };
    match store::open(folder)? {
        OpenedFolder::Vacant(vacant) => {
            let (started, chain_settings) = new(settings)?;
            let store = vacant.keep(&started.chain, &chain_settings)?;
            started.chain.save_with(Box::new(store));
            Ok(started)
        }
        OpenedFolder::Chain(stored) => resume(folder, settings, *stored),
    }
}

fn resume(
    folder: &Path,
    settings: &DevnetSettings,
    stored: StoredChain,
) -> Result<StartedChain, DevnetError> {
    let StoredChain { store, settings: chain_settings, kept } = stored;
    refuse_other_settings(folder, settings, &chain_settings)?;
    let chain = Chain::resume(conditions(settings, chain_settings.chain_id), kept);
    chain.save_with(Box::new(store));
    Ok(StartedChain {
        chain: Arc::new(chain),
        accounts: accounts::derive(chain_settings.accounts)?,
        contracts: chain_settings.contracts,
    })
}

/// Creates a chain and deploys the contracts to it.
fn new(settings: &DevnetSettings) -> Result<(StartedChain, ChainSettings), DevnetError> {
    let accounts = accounts::derive(settings.genesis.accounts())?;
    let mut deployment = Deployment::new(&DeploymentRoles::all(accounts::deployer(&accounts)?), 0)?;
    if settings.genesis.published_interface() {
        deployment = deployment.behind_facades()?;
    }
    let contracts = deployment.addresses()?;
    let chain_settings = settings.genesis.settle(contracts);
    let balance = wei(chain_settings.balance);
    let genesis = Genesis {
        block_gas_limit: chain_settings.block_gas_limit,
        base_fee: chain_settings.base_fee,
        balances: accounts.iter().map(|account| (evm_address(account.address), balance)).collect(),
        salt: salt(),
    };
    let chain = Chain::new(conditions(settings, chain_settings.chain_id), genesis);
    if chain_settings.has_contracts {
        let deployer = accounts.first().ok_or(DevnetError::NoDeployer)?;
        deploying::deploy(&chain, &deployer.wallet, &deployment)?;
    }
    Ok((StartedChain { chain: Arc::new(chain), accounts, contracts }, chain_settings))
}

/// Returns a random number. The standard library seeds its hashers at random, so no other source is
/// needed.
fn salt() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn conditions(settings: &DevnetSettings, chain_id: u64) -> ChainConfig {
    ChainConfig {
        chain_id,
        pool: PoolLimits {
            total: settings.limits.waiting_transactions,
            queued: settings.limits.queued_per_account,
        },
        max_snapshots: settings.limits.snapshots,
        history: settings.history,
        clock: Arc::clone(&settings.clock),
    }
}

fn refuse_other_settings(
    folder: &Path,
    settings: &DevnetSettings,
    stored: &ChainSettings,
) -> Result<(), StateFolderError> {
    match settings.genesis.difference(stored) {
        None => Ok(()),
        Some(difference) => Err(StateFolderError::OtherSetting {
            folder: folder.to_owned(),
            setting: difference.setting,
            stored: difference.stored,
            given: difference.given,
        }),
    }
}
