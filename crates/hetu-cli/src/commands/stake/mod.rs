//! `hetu stake`: stake and its allocation to subnets.

mod change;
mod show;

use clap::Subcommand;

use self::change::{AllocationArguments, AmountArguments};
use self::show::ShowArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum StakeCommand {
    /// Show what an account has staked and where it is allocated.
    Show(ShowArguments),
    /// Stake HETU; what is missing of WHETU is wrapped and approved.
    Add(AmountArguments),
    /// Take unallocated stake back, as WHETU.
    Remove(AmountArguments),
    /// Set what is allocated to a subnet to exactly an amount.
    Allocate(AllocationArguments),
    /// Take an amount back from what is allocated to a subnet.
    Deallocate(AllocationArguments),
}

pub(crate) async fn run(
    command: StakeCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        StakeCommand::Show(arguments) => show::run(arguments, context, output).await,
        StakeCommand::Add(arguments) => change::add(arguments, context, output).await,
        StakeCommand::Remove(arguments) => change::remove(arguments, context, output).await,
        StakeCommand::Allocate(arguments) => change::allocate(arguments, context, output).await,
        StakeCommand::Deallocate(arguments) => change::deallocate(arguments, context, output).await,
    }
}
