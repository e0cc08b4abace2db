//! `hetu stake add`, `remove`, `allocate`, `deallocate`.

use clap::Args;
use hetu::chain::Reallocation;
use hetu::{Amount, NetUid};
use serde::Serialize;

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteArguments, Writer};

#[derive(Args, Debug)]
pub(crate) struct AmountArguments {
    /// How much, in HETU.
    #[arg(value_name = "HETU")]
    amount: Amount,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Args, Debug)]
pub(crate) struct AllocationArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// How much, in HETU.
    #[arg(value_name = "HETU")]
    amount: Amount,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Serialize)]
struct Moved {
    amount: Decimal,
}

#[derive(Serialize)]
struct Reallocated {
    netuid: NetUid,
    previous: Decimal,
    current: Decimal,
}

impl Reallocated {
    fn new(netuid: NetUid, reallocation: &Reallocation) -> Self {
        let (previous, current) = (reallocation.previous.into(), reallocation.current.into());
        Self { netuid, previous, current }
    }
}

pub(super) async fn add(
    AmountArguments { amount, write }: AmountArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let writer = Writer::open(&write, context, output).await?;
    writer
        .make(
            format!("stake {amount} HETU"),
            async |hetu| Ok(hetu.staking().add(amount)),
            |_| Moved { amount: amount.into() },
        )
        .await
}

pub(super) async fn remove(
    AmountArguments { amount, write }: AmountArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let writer = Writer::open(&write, context, output).await?;
    writer
        .make(
            format!("take {amount} HETU of stake back as WHETU"),
            async |hetu| Ok(hetu.staking().remove(amount)),
            |_| Moved { amount: amount.into() },
        )
        .await
}

pub(super) async fn allocate(
    AllocationArguments { netuid, amount, write }: AllocationArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let writer = Writer::open(&write, context, output).await?;
    writer.check_subnet(netuid).await?;
    writer
        .make(
            format!("allocate {amount} HETU of stake in all to subnet {netuid}"),
            async |hetu| Ok(hetu.staking().allocate(netuid, amount)),
            |reallocation| Reallocated::new(netuid, reallocation),
        )
        .await
}

pub(super) async fn deallocate(
    AllocationArguments { netuid, amount, write }: AllocationArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let writer = Writer::open(&write, context, output).await?;
    writer.check_subnet(netuid).await?;
    writer
        .make(
            format!("take {amount} HETU back from what is allocated to subnet {netuid}"),
            async |hetu| Ok(hetu.staking().deallocate(netuid, amount)),
            |reallocation| Reallocated::new(netuid, reallocation),
        )
        .await
}
