//! `hetu dendron register`.

use clap::Args;
use hetu::chain::model::{RawEndpoint, Role};
use hetu::{Amount, NetUid};
use serde::Serialize;

use super::endpoint::EndpointChoice;
use super::list::RoleChoice;
use crate::commands::registration::{Joining, Wish};
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

    let writer = Writer::open(&arguments.write, context, output).await?;
    let wish = Wish {
        netuid: arguments.netuid,
        role: arguments.role.into(),
        stake: arguments.stake,
        endpoint,
        metrics_endpoint,
        max_cost: arguments.max_cost,
    };
    let joining = Joining::new(&writer, wish).await?;
    let plan = joining.plan(&writer).await?;
    let Some((hetu, mut sending)) = writer.agree(&plan).await? else {
        return Ok(());
    };
    let registered = joining.send(&hetu, &mut sending).await?;
    sending.report(Registered {
        netuid: joining.registration.netuid,
        role: registered.role,
        stake: registered.stake.into(),
        cost: registered.cost.into(),
        endpoint: joining.registration.endpoint,
    });
    Ok(())
}
