//! `hetu stake`: stake and its allocation to subnets.

mod change;
mod show;

use clap::Subcommand;

use self::change::{AllocationArguments, StakeAmountArguments};
use self::show::StakeShowArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::WriteCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum StakeCommand {
    /// Show what an account has staked and where it is allocated.
    Show(StakeShowArguments),
    /// Stake HETU; what is missing of WHETU is wrapped and approved.
    Add(WriteCommand<StakeAmountArguments>),
    /// Take unallocated stake back, as WHETU.
    Remove(WriteCommand<StakeAmountArguments>),
    /// Set what is allocated to a subnet to exactly an amount.
    Allocate(WriteCommand<AllocationArguments>),
    /// Take an amount back from what is allocated to a subnet.
    Deallocate(WriteCommand<AllocationArguments>),
}

pub(crate) async fn run(
    command: StakeCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        StakeCommand::Show(arguments) => show::run(arguments, context, output).await,
        StakeCommand::Add(command) => command.run(context, output, change::add).await,
        StakeCommand::Remove(command) => command.run(context, output, change::remove).await,
        StakeCommand::Allocate(command) => command.run(context, output, change::allocate).await,
        StakeCommand::Deallocate(command) => command.run(context, output, change::deallocate).await,
    }
}
