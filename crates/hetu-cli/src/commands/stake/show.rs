//! `hetu stake show`.

use clap::Args;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use hetu::chain::model::Stake;
use hetu::{Address, Hetutensor, NetUid};
use serde::Serialize;

use crate::account::AccountArgument;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts, table};
use crate::reading::ReadArguments;

/// Number of concurrent reads of allocations.
const READS_AT_ONCE: usize = 16;

#[derive(Args, Debug)]
pub(crate) struct StakeShowArguments {
    #[command(flatten)]
    account: AccountArgument,
    /// Look at this subnet alone.
    #[arg(long, value_name = "NETUID")]
    subnet: Option<NetUid>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct StakeShown {
    block: u64,
    account: Address,
    total: Decimal,
    allocated: Decimal,
    spent: Decimal,
    available: Decimal,
    /// Allocations, without subnets that never had one.
    allocations: Vec<AllocationRow>,
}

#[derive(Serialize)]
struct AllocationRow {
    netuid: NetUid,
    allocated: Decimal,
    spent: Decimal,
}

pub(super) async fn run(
    arguments: StakeShowArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let account = context.account(&arguments.account)?;
    let (hetu, block) = context.reader(&arguments.read).await?;
    let stake: Stake = hetu.staking().stake_of(account).await?;
    let shown = StakeShown {
        block: block.id.number,
        account,
        total: stake.total.into(),
        allocated: stake.allocated.into(),
        spent: stake.spent.into(),
        available: stake.available().into(),
        allocations: allocations(&hetu, account, arguments.subnet).await?,
    };
    output.result(&shown, text);
    Ok(())
}

async fn allocations(
    hetu: &Hetutensor,
    account: Address,
    netuid: Option<NetUid>,
) -> Result<Vec<AllocationRow>, CliError> {
    let netuids = match netuid {
        Some(netuid) => netuid.get()..=netuid.get(),
        None => 1..=hetu.subnets().count().await?,
    };
    let rows: Vec<AllocationRow> = stream::iter(netuids)
        .map(|netuid| row(hetu, account, NetUid::new(netuid)))
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    let is_used = |row: &AllocationRow| !row.allocated.0.is_zero() || !row.spent.0.is_zero();
    Ok(rows.into_iter().filter(is_used).collect())
}

async fn row(
    hetu: &Hetutensor,
    account: Address,
    netuid: NetUid,
) -> Result<AllocationRow, CliError> {
    let allocation = hetu.staking().allocation(account, netuid).await?;
    let (allocated, spent) = (allocation.allocated.into(), allocation.spent.into());
    Ok(AllocationRow { netuid, allocated, spent })
}

fn text(shown: &StakeShown) -> String {
    let rows = shown
        .allocations
        .iter()
        .map(|row| [row.netuid.to_string(), row.allocated.to_string(), row.spent.to_string()]);
    format!(
        "stake of {} at block {}, in HETU\n{}\n{}",
        shown.account,
        shown.block,
        facts([
            ("total", shown.total.to_string()),
            ("allocated", shown.allocated.to_string()),
            ("spent on registrations", shown.spent.to_string()),
            ("available", shown.available.to_string()),
        ]),
        table(["subnet", "allocated", "spent"], rows),
    )
}
