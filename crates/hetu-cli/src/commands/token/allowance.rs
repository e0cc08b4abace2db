//! `hetu token approve`, `allowance`.

use clap::Args;
use hetu::{Address, Amount, NetUid};
use serde::Serialize;

use super::{ContractTokenArguments, TokenName};
use crate::account::AccountChoice;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::reading::ReadArguments;
use crate::writing::{WriteCommand, Writer};

#[derive(Args, Debug)]
pub(crate) struct ApproveArguments {
    /// Who may move the tokens: an address, or the name of a wallet.
    spender: AccountChoice,
    /// How much in all from now on; 0 takes the permission back.
    amount: Amount,
    #[command(flatten)]
    token: ContractTokenArguments,
}

#[derive(Args, Debug)]
pub(crate) struct AllowanceArguments {
    /// Whose tokens they are: an address, or the name of a wallet.
    owner: AccountChoice,
    /// Who may move them: an address, or the name of a wallet.
    spender: AccountChoice,
    #[command(flatten)]
    token: ContractTokenArguments,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct Approved {
    token: TokenName,
    netuid: Option<NetUid>,
    spender: Address,
    amount: Decimal,
}

#[derive(Serialize)]
struct AllowanceShown {
    block: u64,
    token: TokenName,
    netuid: Option<NetUid>,
    owner: Address,
    spender: Address,
    amount: Decimal,
}

pub(super) async fn approve(
    command: WriteCommand<ApproveArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let spender = context.address_of(&command.change.spender)?;
    command.run(context, output, async |change, writer| allow(change, spender, writer).await).await
}

async fn allow(
    ApproveArguments { amount, token, .. }: ApproveArguments,
    spender: Address,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let mut plan = writer.plan(format!("let {spender} move up to {amount} {}", token.label()));
    if !amount.is_zero() {
        plan.warn(format!(
            "the allowance stays until it is used up or taken back with hetu token approve {spender} 0"
        ));
    }
    writer
        .make_planned(
            plan,
            async |hetu| {
                Ok(match token.subnet {
                    Some(netuid) => hetu.tokens().alpha(netuid).await?.approve(spender, amount),
                    None => hetu.tokens().approve(spender, amount),
                })
            },
            |_| Approved {
                token: token.name(),
                netuid: token.subnet,
                spender,
                amount: amount.into(),
            },
        )
        .await
}

pub(super) async fn show(
    AllowanceArguments { owner, spender, token, read }: AllowanceArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (owner, spender) = (context.address_of(&owner)?, context.address_of(&spender)?);
    let (hetu, block) = context.reader(&read).await?;
    let amount = match token.subnet {
        Some(netuid) => hetu.tokens().alpha(netuid).await?.allowance(owner, spender).await?,
        None => hetu.tokens().allowance(owner, spender).await?,
    };
    let allowance = AllowanceShown {
        block: block.id.number,
        token: token.name(),
        netuid: token.subnet,
        owner,
        spender,
        amount: amount.into(),
    };
    output.result(&allowance, |allowance| {
        format!(
            "{} may move {} {} of {}, at block {}",
            allowance.spender,
            allowance.amount,
            token.label(),
            allowance.owner,
            allowance.block
        )
    });
    Ok(())
}
