//! Context of every command: the user's folder and network.

use std::path::{Path, PathBuf};

use clap::Args;
use hetu::chain::keystore::KeystoreFolder;
use hetu::chain::network::hetu_home;
use hetu::{Hetutensor, Network, Networks};

use crate::error::CliError;

#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArguments {
    /// Print results as JSON, in a shape that stays.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// The network, by its name in networks.toml.
    #[arg(long, global = true, env = "HETU_NETWORK", default_value = "local", value_name = "NAME")]
    pub(crate) network: String,

    /// The folder of wallets and configuration [default: ~/.hetu].
    #[arg(long, global = true, env = "HETU_HOME", value_name = "FOLDER", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct Context {
    home: PathBuf,
    network_name: String,
}

impl Context {
    pub(crate) fn new(arguments: GlobalArguments) -> Self {
        let home = arguments.home.unwrap_or_else(hetu_home);
        Self { home, network_name: arguments.network }
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the folder of the transaction journal, by chain and account.
    pub(crate) fn journal(&self) -> PathBuf {
        self.home.join("journal")
    }

    pub(crate) fn networks(&self) -> Result<Networks, CliError> {
        Ok(Networks::load(&self.home)?)
    }

    /// Adds networks to the user's configuration and returns their names.
    pub(crate) fn add_networks(&self, text: &str) -> Result<Vec<String>, CliError> {
        Ok(Networks::add(&self.home, text)?)
    }

    pub(crate) fn network_name(&self) -> &str {
        &self.network_name
    }

    pub(crate) fn network(&self) -> Result<Network, CliError> {
        Ok(self.networks()?.get(&self.network_name)?)
    }

    pub(crate) async fn connect(&self) -> Result<Hetutensor, CliError> {
        Ok(Hetutensor::connect(self.network()?).await?)
    }

    pub(crate) fn wallets(&self) -> Result<KeystoreFolder, CliError> {
        Ok(KeystoreFolder::open(self.home.join("wallets"))?)
    }
}
