//! `hetu network`: networks that are known by name.

mod add;
mod check;
mod deploy;
mod list;

use clap::Subcommand;

use self::add::AddArguments;
use self::deploy::DeployArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// List the known networks.
    List,
    /// Show what is known of the network, without connecting to it.
    Show,
    /// Connect to the network and make sure that it is what it says.
    Check,
    /// Add a network to those that are known: from a file of networks, or from an endpoint and a
    /// file of contract addresses.
    Add(AddArguments),
    /// Deploy the contracts to a chain. The wallet pays, and owns the contracts at first.
    Deploy(DeployArguments),
}

pub(crate) async fn run(
    command: NetworkCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        NetworkCommand::List => list::list(context, output),
        NetworkCommand::Show => list::show(context, output),
        NetworkCommand::Check => check::run(context, output).await,
        NetworkCommand::Add(arguments) => add::run(arguments, context, output).await,
        NetworkCommand::Deploy(arguments) => deploy::run(arguments, context, output).await,
    }
}
