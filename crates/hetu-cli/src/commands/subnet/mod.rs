//! `hetu subnet`: subnets, their hyperparameters and their owners.

mod create;
mod list;
mod lock_cost;
mod minter;
mod owner;
mod params;
mod registration;
mod rules;
mod show;

use clap::Subcommand;

use self::create::CreateArguments;
use self::list::{OwnedArguments, SubnetListArguments};
use self::lock_cost::LockCostArguments;
use self::minter::MinterCommand;
use self::owner::{ActivateArguments, SetParamsArguments};
use self::params::ParamsArguments;
use self::registration::RegistrationArguments;
use self::show::SubnetShowArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::WriteCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SubnetCommand {
    /// List all subnets.
    List(SubnetListArguments),
    /// List the subnets of an owner.
    Owned(OwnedArguments),
    /// Show a subnet, its hyperparameters and its dendrons.
    Show(SubnetShowArguments),
    /// Show the hyperparameters of a subnet.
    Params(ParamsArguments),
    /// Show what registering a subnet costs, and when it is possible.
    LockCost(LockCostArguments),
    /// Register a subnet. Its cost is spent and not paid back.
    Create(WriteCommand<CreateArguments>),
    /// Let dendrons register, as the subnet's owner.
    Activate(WriteCommand<ActivateArguments>),
    /// Change hyperparameters, as the subnet's owner.
    SetParams(WriteCommand<SetParamsArguments>),
    /// Change the rules of registering subnets, as the owner of the SubnetManager.
    SetRegistration(WriteCommand<RegistrationArguments>),
    /// Who may create the subnet's alpha tokens.
    #[command(subcommand)]
    Minter(MinterCommand),
}

pub(crate) async fn run(
    command: SubnetCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        SubnetCommand::List(arguments) => list::all(arguments, context, output).await,
        SubnetCommand::Owned(arguments) => list::owned(arguments, context, output).await,
        SubnetCommand::Show(arguments) => show::run(arguments, context, output).await,
        SubnetCommand::Params(arguments) => params::run(arguments, context, output).await,
        SubnetCommand::LockCost(arguments) => lock_cost::run(arguments, context, output).await,
        SubnetCommand::Create(command) => command.run(context, output, create::run).await,
        SubnetCommand::Activate(command) => command.run(context, output, owner::activate).await,
        SubnetCommand::SetParams(command) => command.run(context, output, owner::set_params).await,
        SubnetCommand::SetRegistration(command) => {
            command.run(context, output, registration::run).await
        }
        SubnetCommand::Minter(command) => minter::run(command, context, output).await,
    }
}
