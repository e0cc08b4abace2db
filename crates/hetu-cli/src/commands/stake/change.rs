//! `hetu stake add`, `remove`, `allocate`, `deallocate`.

use clap::Args;
use hetu::chain::client::Reallocation;
use hetu::chain::model::Role;
use hetu::{Amount, NetUid};
use serde::Serialize;

use crate::decimal::Decimal;
use crate::error::CliError;
use crate::writing::{WritePlan, Writer};

#[derive(Args, Debug)]
pub(crate) struct StakeAmountArguments {
    /// How much, in HETU.
    #[arg(value_name = "HETU")]
    amount: Amount,
}

#[derive(Args, Debug)]
pub(crate) struct AllocationArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// How much, in HETU.
    #[arg(value_name = "HETU")]
    amount: Amount,
}

#[derive(Serialize)]
struct StakeMoved {
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
    StakeAmountArguments { amount }: StakeAmountArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("stake {amount} HETU"),
            async |hetu| Ok(hetu.staking().add(amount)),
            |_| StakeMoved { amount: amount.into() },
        )
        .await
}

pub(super) async fn remove(
    StakeAmountArguments { amount }: StakeAmountArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer
        .make(
            format!("take {amount} HETU of stake back as WHETU"),
            async |hetu| Ok(hetu.staking().remove(amount)),
            |_| StakeMoved { amount: amount.into() },
        )
        .await
}

pub(super) async fn allocate(
    AllocationArguments { netuid, amount }: AllocationArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer.check_subnet(netuid).await?;
    let current = current_allocation(writer, netuid).await?;
    let mut plan = writer.plan(format!(
        "set what is allocated to subnet {netuid} from {current} to {amount} HETU of stake"
    ));
    warn_of_less(&mut plan, writer, netuid, current, amount).await?;
    writer
        .make_planned(
            plan,
            async |hetu| Ok(hetu.staking().allocate(netuid, amount)),
            |reallocation| Reallocated::new(netuid, reallocation),
        )
        .await
}

pub(super) async fn deallocate(
    AllocationArguments { netuid, amount }: AllocationArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer.check_subnet(netuid).await?;
    let current = current_allocation(writer, netuid).await?;
    let mut plan =
        writer.plan(format!("take {amount} HETU back from what is allocated to subnet {netuid}"));
    warn_of_less(&mut plan, writer, netuid, current, current.saturating_sub(amount)).await?;
    writer
        .make_planned(
            plan,
            async |hetu| Ok(hetu.staking().deallocate(netuid, amount)),
            |reallocation| Reallocated::new(netuid, reallocation),
        )
        .await
}

async fn current_allocation(writer: &Writer<'_>, netuid: NetUid) -> Result<Amount, CliError> {
    let staking = writer.hetu().staking();
    Ok(staking.allocation(writer.account(), netuid).await?.allocated)
}

/// Warns if less is allocated than before, and if that makes the account's dendron inactive.
async fn warn_of_less(
    plan: &mut WritePlan,
    writer: &Writer<'_>,
    netuid: NetUid,
    current: Amount,
    planned: Amount,
) -> Result<(), CliError> {
    if planned >= current {
        return Ok(());
    }
    plan.warn(format!("the allocation falls from {current} to {planned} HETU"));
    let Some(dendron) = writer.hetu().dendrons().get(netuid, writer.account()).await? else {
        return Ok(());
    };
    let rules = writer.hetu().subnets().hyperparameters(netuid).await?;
    let least = match dendron.role {
        Role::Validator => rules.validator_threshold,
        _ => rules.dendron_threshold,
    };
    if dendron.is_active && planned < least {
        let role = dendron.role;
        plan.warn_of_end(format!(
            "the {role} of subnet {netuid} becomes inactive: it needs {least} HETU, and {planned} are left"
        ));
    }
    Ok(())
}
