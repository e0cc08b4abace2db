//! `hetu weights`: the weights that validators assign to miners.

mod commit;
mod row;
mod secrets;
mod set;
mod show;

use clap::Subcommand;

use self::commit::{CommitArguments, RevealArguments};
use self::set::SetArguments;
use self::show::WeightsShowArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::WriteCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum WeightsCommand {
    /// Show the weights that validators have set.
    Show(WeightsShowArguments),
    /// Set the wallet's weights, in the place of all it set before.
    Set(WriteCommand<SetArguments>),
    /// Commit to weights that are revealed later. What the reveal needs is kept on this machine.
    Commit(WriteCommand<CommitArguments>),
    /// Reveal what was committed to.
    Reveal(WriteCommand<RevealArguments>),
}

pub(crate) async fn run(
    command: WeightsCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        WeightsCommand::Show(arguments) => show::run(arguments, context, output).await,
        WeightsCommand::Set(arguments) => set::run(arguments, context, output).await,
        WeightsCommand::Commit(arguments) => commit::commit(arguments, context, output).await,
        WeightsCommand::Reveal(arguments) => commit::reveal(arguments, context, output).await,
    }
}
