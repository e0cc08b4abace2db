//! `hetu amm add-liquidity`, `remove-liquidity`.

use clap::Args;
use hetu::{Address, Amount, NetUid};
use serde::Serialize;

use crate::account::AccountChoice;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

#[derive(Args, Debug)]
pub(crate) struct AddLiquidityArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// How much WHETU.
    hetu: Amount,
    /// How much alpha. Both have to be approved for the pool before.
    alpha: Amount,
}

#[derive(Args, Debug)]
pub(crate) struct RemoveLiquidityArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// How much WHETU.
    hetu: Amount,
    /// How much alpha.
    alpha: Amount,
    /// Who receives it: an address, or the name of a wallet; by default the wallet that signs.
    #[arg(long, value_name = "ACCOUNT")]
    to: Option<AccountChoice>,
}

#[derive(Serialize)]
struct LiquidityAdded {
    netuid: NetUid,
    hetu: Decimal,
    alpha: Decimal,
}

#[derive(Serialize)]
struct LiquidityRemoved {
    netuid: NetUid,
    hetu: Decimal,
    alpha: Decimal,
    to: Address,
}

pub(super) async fn add(
    AddLiquidityArguments { netuid, hetu, alpha }: AddLiquidityArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("add {hetu} WHETU and {alpha} alpha to the pool of subnet {netuid}"),
            async |client| Ok(client.amm(netuid).await?.add_liquidity(hetu, alpha)),
            |_| LiquidityAdded { netuid, hetu: hetu.into(), alpha: alpha.into() },
        )
        .await
}

pub(super) async fn remove(
    command: WriteCommand<RemoveLiquidityArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let to = command.change.to.as_ref().map(|to| context.address_of(to)).transpose()?;
    command.run(context, output, async |change, writer| take_out(change, to, writer).await).await
}

async fn take_out(
    RemoveLiquidityArguments { netuid, hetu, alpha, .. }: RemoveLiquidityArguments,
    to: Option<Address>,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let to = to.unwrap_or(writer.account());
    let mut plan = writer
        .plan(format!("take {hetu} WHETU and {alpha} alpha out of the pool of subnet {netuid}"));
    plan.warn_of_burn(to);
    writer
        .make_planned(
            plan,
            async |client| Ok(client.amm(netuid).await?.remove_liquidity(hetu, alpha, to)),
            |_| LiquidityRemoved { netuid, hetu: hetu.into(), alpha: alpha.into(), to },
        )
        .await
}
