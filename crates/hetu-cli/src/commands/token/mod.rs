//! `hetu token`: HETU, WHETU and the alpha tokens of subnets.

mod allowance;
mod balance;
mod info;
mod movement;

use clap::{Args, Subcommand};
use hetu::NetUid;
use serde::Serialize;

use self::allowance::{AllowanceArguments, ApproveArguments};
use self::balance::BalanceArguments;
use self::info::InfoArguments;
use self::movement::{TokenAmountArguments, TransferArguments};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::WriteCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Show what an account holds.
    Balance(BalanceArguments),
    /// Turn HETU into WHETU.
    Wrap(WriteCommand<TokenAmountArguments>),
    /// Turn WHETU back into HETU.
    Unwrap(WriteCommand<TokenAmountArguments>),
    /// Send HETU, WHETU or alpha to somebody.
    Transfer(WriteCommand<TransferArguments>),
    /// Let somebody move WHETU or alpha of the wallet.
    Approve(WriteCommand<ApproveArguments>),
    /// Show how much somebody may move for another.
    Allowance(AllowanceArguments),
    /// Show what a token is called and how much of it there is.
    Info(InfoArguments),
}

/// Which token with a contract is meant: WHETU, unless a subnet is named.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ContractTokenArguments {
    /// The alpha token of this subnet, in the place of WHETU.
    #[arg(long, value_name = "NETUID")]
    subnet: Option<NetUid>,
}

/// A token in the format of results.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum TokenName {
    Hetu,
    Whetu,
    Alpha,
}

impl ContractTokenArguments {
    const fn name(self) -> TokenName {
        match self.subnet {
            Some(_) => TokenName::Alpha,
            None => TokenName::Whetu,
        }
    }

    /// Returns the name of the token for people.
    fn label(self) -> String {
        match self.subnet {
            Some(netuid) => format!("alpha of subnet {netuid}"),
            None => "WHETU".to_owned(),
        }
    }
}

pub(crate) async fn run(
    command: TokenCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        TokenCommand::Balance(arguments) => balance::run(arguments, context, output).await,
        TokenCommand::Wrap(command) => command.run(context, output, movement::wrap).await,
        TokenCommand::Unwrap(command) => command.run(context, output, movement::unwrap).await,
        TokenCommand::Transfer(arguments) => movement::transfer(arguments, context, output).await,
        TokenCommand::Approve(arguments) => allowance::approve(arguments, context, output).await,
        TokenCommand::Allowance(arguments) => allowance::show(arguments, context, output).await,
        TokenCommand::Info(arguments) => info::run(arguments, context, output).await,
    }
}
