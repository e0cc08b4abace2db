//! `hetu subnet create`.

use clap::Args;
use hetu::chain::client::RegisteredSubnet;
use hetu::chain::model::{HyperparameterChange, HyperparameterChanges, NewSubnet};
use hetu::{Address, Amount, NetUid};
use serde::Serialize;

use super::rules::help;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::writing::Writer;

#[derive(Args, Debug)]
#[command(after_help = help())]
pub(crate) struct CreateArguments {
    /// What the subnet is called.
    name: String,
    /// What it is for.
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    /// What its alpha token is called.
    #[arg(long, value_name = "NAME")]
    token_name: String,
    /// The symbol of its alpha token.
    #[arg(long, value_name = "SYMBOL")]
    token_symbol: String,
    /// The most to pay, in HETU; by default what it costs when the command starts.
    #[arg(long, value_name = "HETU")]
    max_cost: Option<Amount>,
    /// A hyperparameter that is to differ from the default, such as tempo=359; can be said more
    /// than once.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    rules: Vec<HyperparameterChange>,
}

#[derive(Serialize)]
struct Created {
    netuid: NetUid,
    alpha_token: Address,
    pool: Address,
    cost: Decimal,
    pool_initial: Decimal,
    burned: Decimal,
}

impl From<&RegisteredSubnet> for Created {
    fn from(registered: &RegisteredSubnet) -> Self {
        Self {
            netuid: registered.netuid,
            alpha_token: registered.alpha_token,
            pool: registered.pool,
            cost: registered.cost.into(),
            pool_initial: registered.pool_initial.into(),
            burned: registered.burned.into(),
        }
    }
}

pub(super) async fn run(arguments: CreateArguments, writer: &Writer<'_>) -> Result<(), CliError> {
    let cost = writer.hetu().subnets().lock_cost().await?;
    let limit = arguments.max_cost.unwrap_or(cost);
    let rules: HyperparameterChanges = arguments.rules.into_iter().collect();
    let subnet = NewSubnet {
        name: arguments.name,
        description: arguments.description,
        token_name: arguments.token_name,
        token_symbol: arguments.token_symbol,
    };
    writer
        .make(
            format!("register the subnet {:?} for {cost} HETU, at most {limit}", subnet.name),
            async |hetu| {
                let subnets = hetu.subnets();
                Ok(if rules.is_empty() {
                    subnets.register(&subnet, limit)
                } else {
                    subnets.register_with(&subnet, &rules, limit)
                })
            },
            |registered| Created::from(registered),
        )
        .await
}
