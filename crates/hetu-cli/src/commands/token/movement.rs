//! `hetu token wrap`, `unwrap`, `transfer`.

use clap::Args;
use hetu::{Address, Amount, NetUid};
use serde::Serialize;

use super::TokenName;
use crate::account::AccountChoice;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

#[derive(Args, Debug)]
pub(crate) struct TokenAmountArguments {
    /// How much, such as 12 or 0.5.
    amount: Amount,
}

#[derive(Args, Debug)]
pub(crate) struct TransferArguments {
    /// Who receives it: an address, or the name of a wallet.
    to: AccountChoice,
    /// How much, such as 12 or 0.5.
    amount: Amount,
    /// Send WHETU in the place of HETU.
    #[arg(long, conflicts_with = "subnet")]
    wrapped: bool,
    /// Send the alpha token of this subnet in the place of HETU.
    #[arg(long, value_name = "NETUID")]
    subnet: Option<NetUid>,
}

#[derive(Serialize)]
struct Converted {
    amount: Decimal,
}

#[derive(Serialize)]
struct Transferred {
    token: TokenName,
    netuid: Option<NetUid>,
    to: Address,
    amount: Decimal,
}

pub(super) async fn wrap(
    TokenAmountArguments { amount }: TokenAmountArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("turn {amount} HETU into WHETU"),
            async |hetu| Ok(hetu.tokens().wrap(amount)),
            |_| Converted { amount: amount.into() },
        )
        .await
}

pub(super) async fn unwrap(
    TokenAmountArguments { amount }: TokenAmountArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("turn {amount} WHETU into HETU"),
            async |hetu| Ok(hetu.tokens().unwrap(amount)),
            |_| Converted { amount: amount.into() },
        )
        .await
}

pub(super) async fn transfer(
    command: WriteCommand<TransferArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let to = context.address_of(&command.change.to)?;
    command.run(context, output, async |change, writer| send(change, to, writer).await).await
}

async fn send(
    TransferArguments { amount, wrapped, subnet, .. }: TransferArguments,
    to: Address,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let (token, label) = match (wrapped, subnet) {
        (_, Some(netuid)) => (TokenName::Alpha, format!("alpha of subnet {netuid}")),
        (true, None) => (TokenName::Whetu, "WHETU".to_owned()),
        (false, None) => (TokenName::Hetu, "HETU".to_owned()),
    };
    let mut plan = writer.plan(format!("send {amount} {label} to {to}"));
    plan.warn_of_burn(to);
    writer
        .make_planned(
            plan,
            async |hetu| {
                let tokens = hetu.tokens();
                Ok(match subnet {
                    Some(netuid) => tokens.alpha(netuid).await?.transfer(to, amount),
                    None if wrapped => tokens.transfer_wrapped(to, amount),
                    None => tokens.transfer(to, amount),
                })
            },
            |_| Transferred { token, netuid: subnet, to, amount: amount.into() },
        )
        .await
}
