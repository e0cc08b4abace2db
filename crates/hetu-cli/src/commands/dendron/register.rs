//! `hetu dendron register`.

use clap::Args;
use hetu::chain::model::{RawEndpoint, Role};
use hetu::{Amount, NetUid};
use serde::Serialize;

use super::endpoint::EndpointChoice;
use super::list::RoleChoice;
use crate::commands::registration::{PlannedRegistration, RegistrationRequest};
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

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
}

#[derive(Serialize)]
struct Registered {
    netuid: NetUid,
    role: Role,
    stake: Decimal,
    cost: Decimal,
    endpoint: RawEndpoint,
}

impl RegisterArguments {
    fn request(self, endpoint: RawEndpoint, metrics_endpoint: RawEndpoint) -> RegistrationRequest {
        RegistrationRequest {
            netuid: self.netuid,
            role: self.role.into(),
            stake: self.stake,
            endpoint,
            metrics_endpoint,
            max_cost: self.max_cost,
        }
    }
}

pub(super) async fn run(
    command: WriteCommand<RegisterArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let allows_private = context.network()?.allows_private_addresses;
    let checked = |choice: &Option<EndpointChoice>| match choice {
        Some(choice) => choice.clone().checked(allows_private),
        None => Ok(RawEndpoint::default()),
    };
    let RegisterArguments { endpoint, metrics, .. } = &command.change;
    let (endpoint, metrics_endpoint) = (checked(endpoint)?, checked(metrics)?);
    let change = async |arguments: RegisterArguments, writer: &Writer<'_>| {
        register(arguments.request(endpoint, metrics_endpoint), writer).await
    };
    command.run(context, output, change).await
}

async fn register(request: RegistrationRequest, writer: &Writer<'_>) -> Result<(), CliError> {
    let joining = PlannedRegistration::new(writer, request).await?;
    let plan = joining.plan(writer).await?;
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
