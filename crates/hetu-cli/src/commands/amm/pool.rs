//! `hetu amm pool`.

use clap::Args;
use hetu::chain::stakework::Mechanism;
use hetu::{Address, NetUid};
use serde::Serialize;

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct PoolArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct PoolShown {
    block: u64,
    netuid: NetUid,
    address: Address,
    mechanism: Mechanism,
    price: Decimal,
    moving_price: Decimal,
    price_updated_at: u64,
    hetu_reserve: Decimal,
    alpha_reserve: Decimal,
    alpha_outside: Decimal,
    liquidity: Decimal,
    minimum_liquidity: Decimal,
    volume: Decimal,
}

pub(super) async fn run(
    PoolArguments { netuid, read }: PoolArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let amm = hetu.amm(netuid).await?;
    let (info, statistics) = (amm.info().await?, amm.statistics().await?);
    let shown = PoolShown {
        block: block.id.number,
        netuid,
        address: amm.address(),
        mechanism: info.pool.mechanism,
        price: info.price.into(),
        moving_price: info.moving_price.into(),
        price_updated_at: statistics.price_updated_at,
        hetu_reserve: info.pool.hetu_reserve.into(),
        alpha_reserve: info.pool.alpha_reserve.into(),
        alpha_outside: info.alpha_outside.into(),
        liquidity: statistics.liquidity.into(),
        minimum_liquidity: info.pool.minimum_liquidity.into(),
        volume: info.volume.into(),
    };
    output.result(&shown, text);
    Ok(())
}

fn text(pool: &PoolShown) -> String {
    let mechanism = match pool.mechanism {
        Mechanism::Stable => "one for one",
        _ => "constant product",
    };
    format!(
        "pool of subnet {} at block {}\n{}",
        pool.netuid,
        pool.block,
        facts([
            ("contract", pool.address.to_string()),
            ("mechanism", mechanism.to_owned()),
            ("price of one alpha", format!("{} HETU", pool.price)),
            (
                "moving price",
                format!("{} HETU, of block {}", pool.moving_price, pool.price_updated_at)
            ),
            ("HETU in it", pool.hetu_reserve.to_string()),
            ("alpha in it", pool.alpha_reserve.to_string()),
            ("alpha taken out", pool.alpha_outside.to_string()),
            ("both, as HETU", pool.liquidity.to_string()),
            ("trades leave at least", pool.minimum_liquidity.to_string()),
            ("traded so far", format!("{} HETU", pool.volume)),
        ]),
    )
}
