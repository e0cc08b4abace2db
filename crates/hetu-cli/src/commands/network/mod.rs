//! `hetu network`: networks that are known by name.

mod add;

use clap::Subcommand;
use hetu::Network;
use serde::Serialize;

use self::add::AddArguments;
use super::deploy::{self, DeployArguments};
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Add a network to those that are known: from a file of networks, or from an endpoint and a
    /// file of contract addresses.
    Add(AddArguments),
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
        NetworkCommand::Add(arguments) => add::run(arguments, context, output).await,
        NetworkCommand::Deploy(arguments) => deploy::run(arguments, context, output).await,
        NetworkCommand::List => list(context, output),
        NetworkCommand::Check => check(context, output).await,
    }
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
