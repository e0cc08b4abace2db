//! `hetu amm swap`.

use std::time::Duration;

use clap::Args;
use hetu::chain::client::CompletedTrade;
use hetu::chain::model::TradeLimits;
use hetu::{Address, Amount, NetUid};
use serde::Serialize;

use super::percent::Percent;
use super::preview::possible;
use super::side::Side;
use crate::account::AccountChoice;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

/// What a trade is not to go beyond: a trade without a limit is at the mercy of whoever sees it
/// coming.
#[derive(Args, Clone, Copy, Debug)]
#[group(required = true, multiple = false)]
struct LimitArguments {
    /// The least to receive.
    #[arg(long, value_name = "AMOUNT")]
    min_out: Option<Amount>,
    /// How much less than the preview says is taken, in percent, such as 0.5.
    #[arg(long, value_name = "PERCENT")]
    slippage: Option<Percent>,
}

#[derive(Args, Debug)]
pub(crate) struct SwapArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// The direction of the trade.
    side: Side,
    /// What is paid: HETU for a purchase, alpha for a sale.
    amount: Amount,
    #[command(flatten)]
    limit: LimitArguments,
    /// How many seconds to wait for the trade once it is sent. The contract knows no deadline: a
    /// trade that is not included by then may still be, within its limit.
    #[arg(long, default_value_t = 300, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: u64,
    /// Who receives it: an address, or the name of a wallet; by default the wallet that pays.
    #[arg(long, value_name = "ACCOUNT")]
    to: Option<AccountChoice>,
}

#[derive(Serialize)]
struct Swapped {
    netuid: NetUid,
    side: Side,
    paid: Decimal,
    received: Decimal,
    min_out: Decimal,
    price_after: Decimal,
    to: Address,
}

pub(super) async fn run(
    command: WriteCommand<SwapArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let to = command.change.to.as_ref().map(|to| context.address_of(to)).transpose()?;
    command.run(context, output, async |change, writer| swap(change, to, writer).await).await
}

async fn swap(
    SwapArguments { netuid, side, amount, limit, deadline, .. }: SwapArguments,
    to: Option<Address>,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let to = to.unwrap_or(writer.account());
    let trade = side.trade(amount);
    let expected = possible(writer.hetu().amm(netuid).await?, trade).await?.amount_out;
    let at_least = limit.of(expected);
    if expected < at_least {
        return Err(CliError::TradeTooDear { expected, at_least });
    }
    let limits = TradeLimits { at_least, within: Duration::from_secs(deadline) };
    let mut plan = writer.plan(format!(
        "pay {amount} {} for {expected} {} of subnet {netuid}, at least {at_least}",
        side.paid(),
        side.received(),
    ));
    plan.warn_of_burn(to);
    writer
        .make_planned(
            plan,
            async |hetu| Ok(hetu.amm(netuid).await?.trade(trade, limits, to)),
            |done: &CompletedTrade| Swapped {
                netuid,
                side,
                paid: done.paid.into(),
                received: done.received.into(),
                min_out: at_least.into(),
                price_after: done.price_after.into(),
                to,
            },
        )
        .await
}

impl LimitArguments {
    /// Returns the minimum amount to receive for a preview of `expected`.
    fn of(self, expected: Amount) -> Amount {
        let by_slippage = self.slippage.map(|slippage| slippage.taken_from(expected));
        self.min_out.or(by_slippage).unwrap_or(expected)
    }
}
