//! Report of `hetu localnet`.

use std::path::{Path, PathBuf};

use hetu::chain::primitives::ContractAddresses;
use hetu::{Address, Amount, NetUid};
use hetu_devnet::{DevAccount, Devnet};
use serde::Serialize;

use crate::output::table;

/// A running chain. Its keys are public.
#[derive(Debug, Serialize)]
pub(super) struct LocalnetReport {
    url: String,
    ws_url: String,
    chain_id: u64,
    block: u64,
    /// Base fee of the next block, in wei.
    base_fee: u64,
    gas_limit: u64,
    netuid: NetUid,
    /// Name of the network for other commands. `None` if it is not announced.
    network: Option<String>,
    mnemonic: &'static str,
    accounts: Vec<AccountRow>,
    contracts: ContractAddresses,
    #[serde(flatten)]
    files: Files,
}

/// The files of the chain on disk.
#[derive(Debug, Serialize)]
pub(super) struct Files {
    pub(super) state_folder: Option<PathBuf>,
    /// File that makes this chain a network of other commands.
    pub(super) network_entry: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct AccountRow {
    address: Address,
    secret_key: String,
    derivation_path: String,
    /// Balance in HETU.
    balance: String,
}

impl LocalnetReport {
    pub(super) fn of(
        devnet: &Devnet,
        netuid: NetUid,
        balances: &[Amount],
        network: Option<String>,
        files: Files,
    ) -> Self {
        let accounts = devnet.accounts().iter().zip(balances);
        Self {
            url: devnet.http_url(),
            ws_url: devnet.ws_url(),
            chain_id: devnet.chain_id().get(),
            block: devnet.block_number(),
            base_fee: devnet.next_base_fee(),
            gas_limit: devnet.block_gas_limit(),
            netuid,
            network,
            mnemonic: DevAccount::MNEMONIC,
            accounts: accounts
                .map(|(account, balance)| AccountRow::of(account, *balance))
                .collect(),
            contracts: devnet.contracts(),
            files,
        }
    }

    pub(super) fn show(&self) -> String {
        let accounts = self.accounts.iter().map(|account| {
            [
                account.derivation_path.clone(),
                account.address.to_string(),
                account.secret_key.clone(),
                account.balance.clone(),
            ]
        });
        let contracts =
            self.contracts.iter().map(|(name, address)| [name.to_owned(), address.to_string()]);
        let path = |path: &Option<PathBuf>, without: &str| {
            path.as_deref().map_or(without.to_owned(), |path: &Path| path.display().to_string())
        };
        let facts = [
            ["http", &self.url],
            ["websocket", &self.ws_url],
            ["chain id", &self.chain_id.to_string()],
            ["block", &self.block.to_string()],
            ["gas limit", &self.gas_limit.to_string()],
            ["base fee", &format!("{} wei", self.base_fee)],
            ["kept in", &path(&self.files.state_folder, "memory")],
            ["network", self.network.as_deref().unwrap_or("not announced")],
            ["announced in", &path(&self.files.network_entry, "no file")],
        ]
        .map(|[name, fact]| [name.to_owned(), fact.to_owned()]);
        [
            table(["account", "address", "secret key", "HETU"], accounts),
            format!("Mnemonic: {}", self.mnemonic),
            "These keys are public: never use them on another network.".to_owned(),
            table(["contract", "address"], contracts),
            table(["chain", ""], facts),
        ]
        .join("\n\n")
    }
}

impl AccountRow {
    fn of(account: &DevAccount, balance: Amount) -> Self {
        Self {
            address: account.address,
            secret_key: format!("0x{}", hex::encode(*account.wallet.secret_bytes())),
            derivation_path: account.derivation_path.clone(),
            balance: balance.to_string(),
        }
    }
}
