//! `hetu subnet minter`.

use clap::{Args, Subcommand};
use hetu::{Address, NetUid};
use serde::Serialize;

use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::reading::ReadArguments;
use crate::writing::{WriteCommand, Writer};

#[derive(Debug, Subcommand)]
pub(crate) enum MinterCommand {
    /// Let an account create alpha tokens of the subnet, as its owner.
    Add(WriteCommand<MinterChangeArguments>),
    /// Stop an account from creating alpha tokens of the subnet, as its owner.
    Remove(WriteCommand<MinterChangeArguments>),
    /// Show whether an account may create alpha tokens of the subnet. Contracts do not list them.
    Check(MinterCheckArguments),
}

#[derive(Args, Debug)]
pub(crate) struct MinterChangeArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// An address, or the name of a wallet.
    minter: AccountChoice,
}

#[derive(Args, Debug)]
pub(crate) struct MinterCheckArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// An address, or the name of a wallet.
    account: AccountChoice,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct MinterChanged {
    netuid: NetUid,
    minter: Address,
}

#[derive(Serialize)]
struct MinterCheck {
    block: u64,
    netuid: NetUid,
    account: Address,
    is_minter: bool,
}

pub(super) async fn run(
    command: MinterCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        MinterCommand::Add(command) => {
            let minter = context.address_of(&command.change.minter)?;
            let change = async |change, writer: &Writer<'_>| add(change, minter, writer).await;
            command.run(context, output, change).await
        }
        MinterCommand::Remove(command) => {
            let minter = context.address_of(&command.change.minter)?;
            let change = async |change, writer: &Writer<'_>| remove(change, minter, writer).await;
            command.run(context, output, change).await
        }
        MinterCommand::Check(arguments) => check(arguments, context, output).await,
    }
}

async fn add(
    MinterChangeArguments { netuid, .. }: MinterChangeArguments,
    minter: Address,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("let {minter} create alpha of subnet {netuid} without limit"),
            async |hetu| Ok(hetu.subnets().add_minter(netuid, minter)),
            |_| MinterChanged { netuid, minter },
        )
        .await
}

async fn remove(
    MinterChangeArguments { netuid, .. }: MinterChangeArguments,
    minter: Address,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("stop {minter} from creating alpha of subnet {netuid}"),
            async |hetu| Ok(hetu.subnets().remove_minter(netuid, minter)),
            |_| MinterChanged { netuid, minter },
        )
        .await
}

async fn check(
    MinterCheckArguments { netuid, account, read }: MinterCheckArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let account = context.address_of(&account)?;
    let (hetu, block) = context.reader(&read).await?;
    let is_minter = hetu.tokens().alpha(netuid).await?.is_minter(account).await?;
    let checked = MinterCheck { block: block.id.number, netuid, account, is_minter };
    output.result(&checked, |checked| {
        let may = if checked.is_minter { "may" } else { "may not" };
        let MinterCheck { block, netuid, account, .. } = checked;
        format!("{account} {may} create alpha of subnet {netuid}, at block {block}")
    });
    Ok(())
}
