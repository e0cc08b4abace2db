//! `hetu subnet set-registration`.

use clap::Args;
use hetu::Amount;
use hetu::chain::model::RegistrationRules;
use serde::Serialize;

use crate::decimal::Decimal;
use crate::error::CliError;
use crate::writing::Writer;

#[derive(Args, Debug)]
pub(crate) struct RegistrationArguments {
    #[command(flatten)]
    rules: RulesArguments,
}

/// What is not named stays as it is.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
struct RulesArguments {
    /// The least that a subnet costs, in HETU.
    #[arg(long, value_name = "HETU")]
    min_lock: Option<Amount>,
    /// More blocks than these lie between two registrations.
    #[arg(long, value_name = "BLOCKS")]
    rate_limit: Option<u64>,
    /// In so many blocks the cost falls by what the last subnet cost.
    #[arg(long, value_name = "BLOCKS")]
    reduction_interval: Option<u64>,
}

#[derive(Serialize)]
struct RegistrationSet {
    min_lock: Decimal,
    rate_limit: u64,
    reduction_interval: u64,
}

pub(super) async fn run(
    RegistrationArguments { rules }: RegistrationArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let current = writer.hetu().subnets().network_parameters().await?;
    let rules = RegistrationRules {
        min_lock: rules.min_lock.unwrap_or(current.min_lock),
        rate_limit: rules.rate_limit.unwrap_or(current.rate_limit),
        reduction_interval: rules.reduction_interval.unwrap_or(current.reduction_interval),
    };
    let RegistrationRules { min_lock, rate_limit, reduction_interval } = rules;
    writer
        .make(
            format!(
                "let subnets cost at least {min_lock} HETU, more than {rate_limit} blocks lie \
                 between two, and the cost fall within {reduction_interval} blocks"
            ),
            async |hetu| Ok(hetu.subnets().set_network_parameters(&rules)),
            |_| RegistrationSet { min_lock: min_lock.into(), rate_limit, reduction_interval },
        )
        .await
}
