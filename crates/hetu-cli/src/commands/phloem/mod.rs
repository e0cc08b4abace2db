//! `hetu phloem`: discovery, queries and evaluation of miners.

mod ask;
mod broadcast;
mod discover;
mod explain;
mod health;
mod query;
mod serving;
mod validate;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum PhloemCommand {
    /// Show the miners that can be asked, by stake.
    Discover(discover::DiscoverArguments),
    /// Ask one miner, and prove that the reply is its own.
    Query(query::QueryArguments),
    /// Ask many miners the same at once.
    Broadcast(broadcast::BroadcastArguments),
    /// Have every miner prove that it is there and holds its key.
    Health(health::HealthArguments),
    /// Show who would be asked and what each would cost, and why others would not.
    Explain(explain::ExplainArguments),
    /// Judge the miners that add numbers and set their weights, until interrupted.
    Validate(validate::ValidateArguments),
}

pub(crate) async fn run(
    command: PhloemCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        PhloemCommand::Discover(arguments) => discover::run(arguments, context, output).await,
        PhloemCommand::Query(arguments) => query::run(arguments, context, output).await,
        PhloemCommand::Broadcast(arguments) => broadcast::run(arguments, context, output).await,
        PhloemCommand::Health(arguments) => health::run(arguments, context, output).await,
        PhloemCommand::Explain(arguments) => explain::run(arguments, context, output).await,
        PhloemCommand::Validate(arguments) => validate::run(arguments, context, output).await,
    }
}
