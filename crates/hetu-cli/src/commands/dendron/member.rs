//! `hetu dendron update`, `deregister`.

use clap::Args;
use hetu::NetUid;
use hetu::chain::model::RawEndpoint;
use serde::Serialize;

use super::endpoint::EndpointChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteArguments, Writer};

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
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Args, Debug)]
pub(crate) struct DeregisterArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    write: WriteArguments,
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
    UpdateArguments { netuid, endpoint, metrics, write }: UpdateArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let allows_private = context.network()?.allows_private_addresses;
    let endpoint = endpoint.map(|endpoint| endpoint.checked(allows_private)).transpose()?;
    let metrics = metrics.map(|metrics| metrics.checked(allows_private)).transpose()?;

    let writer = Writer::open(&write, context, output).await?;
    let account = writer.account();
    let current = writer.hetu().dendrons().get(netuid, account).await?;
    let current = current.ok_or_else(|| CliError::Nothing {
        what: format!("dendron of {account} in subnet {netuid}"),
    })?;
    // What is not named stays as it is.
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
    DeregisterArguments { netuid, write }: DeregisterArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let writer = Writer::open(&write, context, output).await?;
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
