//! `hetu subnet lock-cost`.

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct LockCostArguments {
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct LockCostShown {
    block: u64,
    cost: Decimal,
    /// The first block in which a subnet can be registered again.
    possible_from: u64,
    min_lock: Decimal,
    last_lock: Decimal,
    last_lock_block: u64,
    rate_limit: u64,
    reduction_interval: u64,
}

pub(super) async fn run(
    LockCostArguments { read }: LockCostArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let rules = hetu.subnets().network_parameters().await?;
    let lock_cost = LockCostShown {
        block: block.id.number,
        cost: hetu.subnets().lock_cost().await?.into(),
        // Two registrations must be more blocks apart than the rate limit.
        possible_from: rules.last_lock_block.saturating_add(rules.rate_limit).saturating_add(1),
        min_lock: rules.min_lock.into(),
        last_lock: rules.last_lock.into(),
        last_lock_block: rules.last_lock_block,
        rate_limit: rules.rate_limit,
        reduction_interval: rules.reduction_interval,
    };
    output.result(&lock_cost, text);
    Ok(())
}

fn text(lock_cost: &LockCostShown) -> String {
    format!(
        "a subnet costs {} HETU at block {}\n{}",
        lock_cost.cost,
        lock_cost.block,
        facts([
            ("possible from block", lock_cost.possible_from.to_string()),
            ("at least", format!("{} HETU", lock_cost.min_lock)),
            (
                "the last one",
                format!("{} HETU in block {}", lock_cost.last_lock, lock_cost.last_lock_block)
            ),
            ("blocks between two", lock_cost.rate_limit.to_string()),
            ("falls by the last cost in", format!("{} blocks", lock_cost.reduction_interval)),
        ]),
    )
}
