//! `hetu subnet activate`, `set-params`.

use clap::Args;
use hetu::NetUid;
use serde::Serialize;

use super::rules::{RuleChange, Rules, help, together};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteArguments, Writer};

#[derive(Args, Debug)]
pub(crate) struct ActivateArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Args, Debug)]
#[command(after_help = help())]
pub(crate) struct SetParamsArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// What is to change, such as tempo=359; the rest stays as it is.
    #[arg(required = true, value_name = "NAME=VALUE")]
    changes: Vec<RuleChange>,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Serialize)]
struct Activated {
    netuid: NetUid,
}

#[derive(Serialize)]
struct ParamsSet {
    netuid: NetUid,
    hyperparameters: Rules,
}

pub(super) async fn activate(
    ActivateArguments { netuid, write }: ActivateArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let writer = Writer::open(&write, context, output).await?;
    // Without the read, the contract would only say that the account is not the owner.
    writer.hetu().subnets().info(netuid).await?;
    writer
        .make(
            format!("let dendrons register in subnet {netuid}, for good"),
            async |hetu| Ok(hetu.subnets().activate(netuid)),
            |_| Activated { netuid },
        )
        .await
}

pub(super) async fn set_params(
    SetParamsArguments { netuid, changes, write }: SetParamsArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let changes = together(&changes);
    let writer = Writer::open(&write, context, output).await?;
    let current = writer.hetu().subnets().hyperparameters(netuid).await?;
    let (before, after) = (Rules::from(&current), Rules::from(&changes.apply_to(&current)));
    after.check()?;
    let differences = before.rows().into_iter().zip(after.rows());
    let differences: Vec<_> = differences
        .filter(|(before, after)| before != after)
        .map(|((name, before), (_, after))| format!("{name} from {before} to {after}"))
        .collect();
    if differences.is_empty() {
        return Err(CliError::Usage("nothing would change"));
    }
    writer
        .make(
            format!("in subnet {netuid}, change {}", differences.join(", ")),
            async |hetu| Ok(hetu.subnets().change_hyperparameters(netuid, &changes).await?),
            |_| ParamsSet { netuid, hyperparameters: after },
        )
        .await
}
