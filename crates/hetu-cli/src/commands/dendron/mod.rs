//! `hetu dendron`: participants of a subnet, and participation.

mod endpoint;
mod list;
mod member;
mod register;
mod row;

use clap::Subcommand;

pub(super) use self::endpoint::EndpointChoice;
use self::list::{DendronListArguments, DendronShowArguments};
use self::member::{DeregisterArguments, UpdateArguments};
use self::register::RegisterArguments;
pub(super) use self::row::{DendronRow, dendrons_table};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::WriteCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum DendronCommand {
    /// List the dendrons of a subnet.
    List(DendronListArguments),
    /// Show the dendron of an account.
    Show(DendronShowArguments),
    /// Take part in a subnet. Stake that is missing is added first.
    Register(WriteCommand<RegisterArguments>),
    /// Change where the wallet's dendron serves.
    Update(WriteCommand<UpdateArguments>),
    /// Take no part any more. The stake is released; the cost is not paid back.
    Deregister(WriteCommand<DeregisterArguments>),
}

pub(crate) async fn run(
    command: DendronCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        DendronCommand::List(arguments) => list::list(arguments, context, output).await,
        DendronCommand::Show(arguments) => list::show(arguments, context, output).await,
        DendronCommand::Register(arguments) => register::run(arguments, context, output).await,
        DendronCommand::Update(arguments) => member::update(arguments, context, output).await,
        DendronCommand::Deregister(command) => {
            command.run(context, output, member::deregister).await
        }
    }
}
