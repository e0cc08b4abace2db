//! `hetu subnet activate`, `set-params`.

use clap::Args;
use hetu::NetUid;
use hetu::chain::model::{HyperparameterChange, HyperparameterChanges, Hyperparameters, Role};
use serde::Serialize;

use super::rules::{Rules, help};
use crate::error::CliError;
use crate::writing::Writer;

#[derive(Args, Debug)]
pub(crate) struct ActivateArguments {
    /// The number of the subnet.
    netuid: NetUid,
}

#[derive(Args, Debug)]
#[command(after_help = help())]
pub(crate) struct SetParamsArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// What is to change, such as tempo=359; the rest stays as it is.
    #[arg(required = true, value_name = "NAME=VALUE")]
    changes: Vec<HyperparameterChange>,
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
    ActivateArguments { netuid }: ActivateArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    // Without the read, the contract would only report that the account is not the owner.
    writer.check_subnet(netuid).await?;
    writer
        .make(
            format!("let dendrons register in subnet {netuid}, for good"),
            async |hetu| Ok(hetu.subnets().activate(netuid)),
            |_| Activated { netuid },
        )
        .await
}

pub(super) async fn set_params(
    SetParamsArguments { netuid, changes }: SetParamsArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let changes: HyperparameterChanges = changes.into_iter().collect();
    let current = writer.hetu().subnets().hyperparameters(netuid).await?;
    let changed = changes.apply_to(&current);
    changed.check()?;
    let (before, after) = (Rules::from(&current), Rules::from(&changed));
    let differences = before.rows().into_iter().zip(after.rows());
    let differences: Vec<_> = differences
        .filter(|(before, after)| before != after)
        .map(|((name, before), (_, after))| format!("{name} from {before} to {after}"))
        .collect();
    if differences.is_empty() {
        return Err(CliError::Usage("nothing would change"));
    }
    let mut plan = writer.plan(format!("in subnet {netuid}, change {}", differences.join(", ")));
    let below = newly_below(writer, netuid, &current, &changed).await?;
    if below > 0 {
        plan.warn_of_end(format!(
            "{below} active dendrons have less stake than is asked then: they become inactive"
        ));
    }
    writer
        .make_planned(
            plan,
            async |hetu| Ok(hetu.subnets().change_hyperparameters(netuid, &changes).await?),
            |_| ParamsSet { netuid, hyperparameters: after },
        )
        .await
}

/// Returns the number of active dendrons that have enough stake now, but not under the rules
/// `after`.
async fn newly_below(
    writer: &Writer<'_>,
    netuid: NetUid,
    before: &Hyperparameters,
    after: &Hyperparameters,
) -> Result<usize, CliError> {
    let rises = after.dendron_threshold > before.dendron_threshold
        || after.validator_threshold > before.validator_threshold;
    if !rises {
        return Ok(0);
    }
    let dendrons = writer.hetu().dendrons().all(netuid).await?;
    let least = |role| match role {
        Role::Validator => after.validator_threshold,
        _ => after.dendron_threshold,
    };
    let below =
        dendrons.iter().filter(|dendron| dendron.is_active && dendron.stake < least(dendron.role));
    Ok(below.count())
}
