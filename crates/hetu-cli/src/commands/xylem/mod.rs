//! `hetu xylem`: service for calls of validators.

mod bind;
mod calls;
mod edge;
mod membership;
mod serve;
mod work;

use clap::Subcommand;

use self::serve::ServeArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::logging::Logging;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum XylemCommand {
    /// Take part in a subnet as a miner, and serve until told to stop: sums, or whatever a program
    /// in any language answers.
    Serve(Box<ServeArguments>),
}

impl XylemCommand {
    /// Returns the log settings of the command.
    pub(crate) const fn logging(&self) -> Logging {
        match self {
            Self::Serve(arguments) => Logging::of_a_server(arguments.log_format()),
        }
    }
}

pub(crate) async fn run(
    command: XylemCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        XylemCommand::Serve(arguments) => serve::run(*arguments, context, output).await,
    }
}
