//! `hetu network`: networks that are known by name.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use hetu::Network;
use serde::Serialize;

use super::deploy::{self, DeployArguments};
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Add the networks of a file to those that are known.
    Add {
        /// Written like networks.toml, for example by `hetu network deploy`.
        file: PathBuf,
    },
    /// Deploy the contracts to a chain.
    Deploy(DeployArguments),
    /// List the known networks.
    List,
    /// Connect to the network and make sure that it is what it says.
    Check,
}

#[derive(Serialize)]
struct NetworkRow {
    name: String,
    chain_id: u64,
    /// Without credentials.
    endpoints: Vec<String>,
}

impl From<&Network> for NetworkRow {
    fn from(network: &Network) -> Self {
        Self {
            name: network.name.clone(),
            chain_id: network.chain_id.get(),
            endpoints: network.endpoints.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    network: NetworkRow,
    block: u64,
    subnets: u16,
}

pub(crate) async fn run(
    command: NetworkCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        NetworkCommand::Add { file } => add(&file, context, output),
        NetworkCommand::Deploy(arguments) => deploy::run(arguments, context, output).await,
        NetworkCommand::List => list(context, output),
        NetworkCommand::Check => check(context, output).await,
    }
}

fn add(file: &Path, context: &Context, output: &Output) -> Result<(), CliError> {
    let text = fs::read_to_string(file)
        .map_err(|source| CliError::File { path: file.to_owned(), source })?;
    let added = context.add_networks(&text)?;
    output.result(&added, |added| format!("added {}", added.join(", ")));
    Ok(())
}

fn list(context: &Context, output: &Output) -> Result<(), CliError> {
    let networks: Vec<NetworkRow> = context.networks()?.iter().map(NetworkRow::from).collect();
    output.result(&networks, |networks| {
        let rows = networks.iter().map(|network| {
            [network.name.clone(), network.chain_id.to_string(), network.endpoints.join(", ")]
        });
        table(["network", "chain id", "endpoints"], rows)
    });
    Ok(())
}

async fn check(context: &Context, output: &Output) -> Result<(), CliError> {
    let hetu = context.connect().await?;
    let checked = Checked {
        network: hetu.network().into(),
        block: hetu.block().await?.id.number,
        subnets: hetu.subnets().count().await?,
    };
    output.result(&checked, |checked| {
        format!(
            "{} is chain {} at block {}, with {} subnets",
            checked.network.name, checked.network.chain_id, checked.block, checked.subnets
        )
    });
    Ok(())
}
