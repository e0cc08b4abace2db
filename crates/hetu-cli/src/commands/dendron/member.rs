//! `hetu dendron update`, `deregister`.

use clap::Args;
use hetu::NetUid;
use hetu::chain::model::RawEndpoint;
use serde::Serialize;

use super::endpoint::EndpointChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

#[derive(Args, Debug)]
pub(crate) struct UpdateArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// Where it serves now.
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "metrics")]
    endpoint: Option<EndpointChoice>,
    /// Where its metrics are now.
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<EndpointChoice>,
}

#[derive(Args, Debug)]
pub(crate) struct DeregisterArguments {
    /// The number of the subnet.
    netuid: NetUid,
}

#[derive(Serialize)]
struct Updated {
    netuid: NetUid,
    endpoint: RawEndpoint,
    metrics_endpoint: RawEndpoint,
}

#[derive(Serialize)]
struct Deregistered {
    netuid: NetUid,
}

pub(super) async fn update(
    command: WriteCommand<UpdateArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let allows_private = context.network()?.allows_private_addresses;
    let checked = |choice: &Option<EndpointChoice>| {
        choice.clone().map(|choice| choice.checked(allows_private)).transpose()
    };
    let UpdateArguments { netuid, endpoint, metrics } = &command.change;
    let (netuid, endpoint, metrics) = (*netuid, checked(endpoint)?, checked(metrics)?);
    let change = async |_, writer: &Writer<'_>| advertise(netuid, endpoint, metrics, writer).await;
    command.run(context, output, change).await
}

async fn advertise(
    netuid: NetUid,
    endpoint: Option<RawEndpoint>,
    metrics: Option<RawEndpoint>,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    let account = writer.account();
    let current = writer.hetu().dendrons().get(netuid, account).await?;
    let current = current.ok_or_else(|| CliError::Nothing {
        what: format!("dendron of {account} in subnet {netuid}"),
    })?;
    // Omitted values stay unchanged.
    let endpoint = endpoint.unwrap_or(current.endpoint);
    let metrics_endpoint = metrics.unwrap_or(current.metrics_endpoint);
    writer
        .make(
            format!("serve subnet {netuid} at {}:{}", endpoint.host, endpoint.port),
            async |hetu| Ok(hetu.dendrons().update_endpoints(netuid, &endpoint, &metrics_endpoint)),
            |_| Updated {
                netuid,
                endpoint: endpoint.clone(),
                metrics_endpoint: metrics_endpoint.clone(),
            },
        )
        .await
}

pub(super) async fn deregister(
    DeregisterArguments { netuid }: DeregisterArguments,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer.check_subnet(netuid).await?;
    let mut plan = writer.plan(format!("take no part in subnet {netuid} any more"));
    plan.warn("what the registration cost is not paid back");
    writer
        .make_planned(
            plan,
            async |hetu| Ok(hetu.dendrons().deregister(netuid)),
            |_| Deregistered { netuid },
        )
        .await
}
