//! `hetu dendron register`.

use clap::Args;
use hetu::chain::{
    ChainError, ContractCall, Hyperparameters, RawEndpoint, RegisteredDendron, Registration, Role,
};
use hetu::{Amount, Hetutensor, NetUid};
use serde::Serialize;

use super::endpoint::EndpointChoice;
use super::list::RoleChoice;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteArguments, Writer};

#[derive(Args, Debug)]
pub(crate) struct RegisterArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// What the dendron does.
    #[arg(long)]
    role: RoleChoice,
    /// What is allocated to the subnet, in HETU; by default the least that the role asks for.
    #[arg(long, value_name = "HETU")]
    stake: Option<Amount>,
    /// Where it serves. Validators need none.
    #[arg(long, value_name = "HOST:PORT", required_if_eq("role", "miner"))]
    endpoint: Option<EndpointChoice>,
    /// Where its metrics are.
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<EndpointChoice>,
    /// The most to pay for the registration, in HETU; by default what it costs when the command
    /// starts.
    #[arg(long, value_name = "HETU")]
    max_cost: Option<Amount>,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Serialize)]
struct Registered {
    netuid: NetUid,
    role: Role,
    stake: Decimal,
    cost: Decimal,
    endpoint: RawEndpoint,
}

/// A registration as it is going to be made.
struct Wish {
    registration: Registration,
    cost: Amount,
    /// Nothing where the network has only the published contracts, which take any cost.
    max_cost: Option<Amount>,
    /// What has to be staked first.
    missing: Amount,
}

pub(super) async fn run(
    arguments: RegisterArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let allows_private = context.network()?.allows_private_addresses;
    let checked = |choice: Option<EndpointChoice>| match choice {
        Some(choice) => choice.checked(allows_private),
        None => Ok(RawEndpoint::default()),
    };
    let (endpoint, metrics_endpoint) = (checked(arguments.endpoint)?, checked(arguments.metrics)?);
    let (netuid, role) = (arguments.netuid, Role::from(arguments.role));

    let writer = Writer::open(&arguments.write, context, output).await?;
    let rules = writer.hetu().subnets().hyperparameters(netuid).await?;
    let least = least_stake(&rules, role);
    let stake = arguments.stake.unwrap_or(least);
    if stake < least {
        return Err(CliError::StakeTooSmall { netuid, role, least });
    }
    let registration = Registration { netuid, role, stake, endpoint, metrics_endpoint };
    let cost = rules.base_dendron_cost;
    let wish = Wish {
        missing: missing_stake(&writer, &registration, cost).await?,
        max_cost: limit(&writer, &registration, cost, arguments.max_cost).await?,
        registration,
        cost,
    };
    register(&writer, &wish).await
}

async fn register(writer: &Writer<'_>, wish: &Wish) -> Result<(), CliError> {
    let needs_stake = !wish.missing.is_zero();
    let mut plan = writer.plan(wish.intent());
    if needs_stake {
        plan.rehearse(writer.hetu().staking().add(wish.missing)).await?;
        let manager = writer.hetu().network().contracts.dendron_manager;
        plan.follow("registerNeuronWithStakeAllocation", Some(manager));
    } else {
        plan.rehearse(wish.call(writer.hetu())).await?;
    }
    let Some((hetu, mut sending)) = writer.agree(&plan).await? else {
        return Ok(());
    };
    if needs_stake {
        sending.send(hetu.staking().add(wish.missing)).await?;
    }
    let registered = sending.send(wish.call(&hetu)).await?;
    sending.report(Registered {
        netuid: wish.registration.netuid,
        role: registered.role,
        stake: registered.stake.into(),
        cost: registered.cost.into(),
        endpoint: wish.registration.endpoint.clone(),
    });
    Ok(())
}

impl Wish {
    fn intent(&self) -> String {
        let Registration { netuid, role, stake, .. } = &self.registration;
        let mut intent = format!(
            "register as {role} of subnet {netuid} with {stake} HETU of stake, for {} HETU",
            self.cost
        );
        if !self.missing.is_zero() {
            intent += &format!(", after staking {} HETU more", self.missing);
        }
        intent
    }

    fn call<'client>(&self, hetu: &'client Hetutensor) -> ContractCall<'client, RegisteredDendron> {
        match self.max_cost {
            Some(limit) => hetu.dendrons().register_for_at_most(&self.registration, limit),
            None => hetu.dendrons().register(&self.registration),
        }
    }
}

const fn least_stake(rules: &Hyperparameters, role: Role) -> Amount {
    match role {
        Role::Validator => rules.validator_threshold,
        _ => rules.dendron_threshold,
    }
}

/// What has to be staked so that stake and cost are covered. What is allocated to the subnet
/// already counts towards its stake.
async fn missing_stake(
    writer: &Writer<'_>,
    registration: &Registration,
    cost: Amount,
) -> Result<Amount, CliError> {
    let (staking, account) = (writer.hetu().staking(), writer.account());
    let available = staking.stake_of(account).await?.available();
    let allocated = staking.allocation(account, registration.netuid).await?.allocated;
    let needed = registration.stake.saturating_add(cost);
    Ok(needed.saturating_sub(available.saturating_add(allocated)))
}

/// The highest cost that the contract is told, if it takes one. Tries the registration, so that a
/// refusal which no stake would change is known before anything is staked.
async fn limit(
    writer: &Writer<'_>,
    registration: &Registration,
    cost: Amount,
    typed: Option<Amount>,
) -> Result<Option<Amount>, CliError> {
    let limit = typed.unwrap_or(cost);
    if cost > limit {
        return Err(ChainError::TooExpensive { price: cost, limit }.into());
    }
    let dendrons = writer.hetu().dendrons();
    let tried = dendrons.register_for_at_most(registration, limit);
    match tried.dry_run_as(writer.account()).await {
        // Whoever names a limit relies on it.
        Err(ChainError::Unsupported { .. }) if typed.is_none() => Ok(None),
        Err(error) if !error.is_revert("INSUFFICIENT_AVAILABLE_STAKE") => Err(error.into()),
        _ => Ok(Some(limit)),
    }
}
