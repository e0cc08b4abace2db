//! `hetu xylem serve`.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use hetu::chain::model::RawEndpoint;
use hetu::{Amount, NetUid, Xylem};
use serde::Serialize;

use super::calls::CallArguments;
use super::edge::EdgeArguments;
use super::membership::{MembershipChange, MembershipRequest, MinerMembership};
use super::work::WorkArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::logging::LogFormat;
use crate::output::Output;
use crate::stop_signal::StopSignal;
use crate::writing::{self, UnattendedArguments, WriteArguments};

#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    /// The number of the subnet.
    netuid: NetUid,

    #[command(flatten)]
    edge: EdgeArguments,

    /// What is allocated to the subnet where the wallet does not take part yet, in HETU; by
    /// default the least that the subnet asks for.
    #[arg(long, value_name = "HETU")]
    stake: Option<Amount>,

    /// The most to pay for the registration, in HETU; by default what it costs when the command
    /// starts.
    #[arg(long, value_name = "HETU")]
    max_cost: Option<Amount>,

    #[command(flatten)]
    calls: CallArguments,

    /// How the log is written, on standard error.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,

    #[command(flatten)]
    work: WorkArguments,

    #[command(flatten)]
    write: WriteArguments,

    #[command(flatten)]
    unattended: UnattendedArguments,
}

/// A serving miner.
#[derive(Serialize)]
struct Serving {
    netuid: NetUid,
    service: String,
    endpoint: RawEndpoint,
    /// Change of the membership on chain.
    membership: MembershipChange,
    listening: SocketAddr,
    metrics: Option<SocketAddr>,
}

impl ServeArguments {
    pub(super) const fn log_format(&self) -> LogFormat {
        self.log_format
    }
}

pub(super) async fn run(
    arguments: ServeArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let ServeArguments { netuid, edge, stake, max_cost, calls, work, write, unattended, .. } =
        arguments;
    let edge = edge.open(context.network()?.allows_private_addresses).await?;
    let request = MembershipRequest {
        netuid,
        stake,
        max_cost,
        endpoint: edge.endpoint.clone(),
        metrics_endpoint: edge.metrics_endpoint.clone(),
    };
    calls.check_policy()?;

    writing::run(&write, context, output, async |writer| {
        // Before the consent to costs, so that a program that does not run costs no fee.
        let work = work.begin(calls.timeout())?;
        let membership = MinerMembership::of(writer, &request).await?;
        let plan = membership.plan(writer, &request).await?;
        let Some((hetu, mut sending)) = writer.agree(&plan).await? else {
            return Ok(());
        };
        work.check()?;
        let change = membership.settle(&hetu, &request, &mut sending).await?;
        let signer = Arc::clone(hetu.signer()?);
        // Only one process can hold the journal, so it is released for other commands here.
        drop(hetu);
        let hetu = writer.hetu().clone().with_signer(signer);
        let hetu = unattended.bound(hetu, context).await?;

        let mut stop_signal = StopSignal::listen()?;
        let miner = edge.apply_to(Xylem::builder(hetu, netuid));
        let running = calls.apply_to(work.attach_to(miner), work.name()).start().await?;
        sending.announce(Serving {
            netuid,
            service: work.name().to_owned(),
            endpoint: request.endpoint,
            membership: change,
            listening: running.local_addr(),
            metrics: running.metrics_addr(),
        });
        stop_signal.wait().await?;
        output
            .note("stopping, once the calls under way are answered; a second signal ends them too");
        tokio::select! {
            () = async { running.stop().await; work.end().await } => Ok(()),
            again = stop_signal.wait() => again,
        }
    })
    .await
}
