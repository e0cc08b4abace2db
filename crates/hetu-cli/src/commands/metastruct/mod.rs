//! `hetu metastruct`: the view of a subnet.

mod change;
mod export;
mod row;
mod show;
mod watch;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum MetastructCommand {
    /// Show a subnet at the newest block: who takes part, by stake, and where it stands.
    Show(show::MetastructShowArguments),
    /// Follow a subnet until interrupted, and show what changes.
    Watch(watch::WatchArguments),
    /// Write all that is known of a subnet for other programs.
    Export(export::ExportArguments),
}

pub(crate) async fn run(
    command: MetastructCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        MetastructCommand::Show(arguments) => show::run(arguments, context, output).await,
        MetastructCommand::Watch(arguments) => watch::run(arguments, context, output).await,
        MetastructCommand::Export(arguments) => export::run(arguments, context, output).await,
    }
}
