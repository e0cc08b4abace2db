//! `hetu amm preview`.

use clap::Args;
use hetu::chain::client::Amm;
use hetu::chain::model::TradeQuote;
use hetu::chain::stakework::Trade;
use hetu::{Amount, NetUid};
use serde::Serialize;

use super::percent::Percent;
use super::side::Side;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct PreviewArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// The direction of the trade.
    side: Side,
    /// What is paid: HETU for a purchase, alpha for a sale.
    amount: Amount,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct Previewed {
    block: u64,
    netuid: NetUid,
    side: Side,
    amount_in: Decimal,
    amount_out: Decimal,
    price: Decimal,
    price_after: Decimal,
    price_impact_percent: Percent,
    share_of_pool_percent: Percent,
    is_large: bool,
}

pub(super) async fn run(
    PreviewArguments { netuid, side, amount, read }: PreviewArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let amm = hetu.amm(netuid).await?;
    let trade = side.trade(amount);
    let quote = possible(amm, trade).await?;
    let size = amm.large_trade(trade).await?;
    let previewed = Previewed {
        block: block.id.number,
        netuid,
        side,
        amount_in: amount.into(),
        amount_out: quote.amount_out.into(),
        price: amm.price().await?.into(),
        price_after: quote.price_after.into(),
        price_impact_percent: Percent::from_basis_points(quote.price_impact),
        share_of_pool_percent: Percent::from_basis_points(size.share_of_pool),
        is_large: size.is_large,
    };
    output.result(&previewed, text);
    Ok(())
}

/// Returns the quote of a trade, if the pool can execute it.
pub(super) async fn possible(amm: Amm<'_>, trade: Trade) -> Result<TradeQuote, CliError> {
    let quote = amm.quote(trade).await?;
    if quote.is_possible {
        return Ok(quote);
    }
    Err(CliError::TradeNotPossible { netuid: amm.netuid() })
}

fn text(previewed: &Previewed) -> String {
    let Previewed { block, netuid, side, amount_in, amount_out, .. } = previewed;
    let warning = if previewed.is_large { ", which is a lot" } else { "" };
    format!(
        "{amount_in} {} bring {amount_out} {} in subnet {netuid} at block {block}\n{}",
        side.paid(),
        side.received(),
        facts([
            ("price before", format!("{} HETU", previewed.price)),
            ("price after", format!("{} HETU", previewed.price_after)),
            ("change of the price", format!("{} %", previewed.price_impact_percent)),
            ("share of the pool", format!("{} %{warning}", previewed.share_of_pool_percent)),
        ]),
    )
}
