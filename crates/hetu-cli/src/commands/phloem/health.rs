//! `hetu phloem health`.

use clap::Args;
use futures_util::stream::{self, StreamExt};
use hetu::phloem::Target;
use hetu::{Address, NetUid, Phloem};
use serde::Serialize;
use tokio::time::Instant;

use super::ask::SignerArguments;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, table};

/// Number of concurrent checks of miners.
const CONCURRENCY: usize = 64;

#[derive(Args, Debug)]
pub(crate) struct HealthArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    signer: SignerArguments,
}

#[derive(Serialize)]
struct HealthShown {
    netuid: NetUid,
    block: u64,
    known: usize,
    healthy: usize,
    miners: Vec<MinerHealth>,
}

#[derive(Serialize)]
struct MinerHealth {
    address: Address,
    url: String,
    stake: Decimal,
    /// `true` if the miner answers and holds the registered key.
    is_healthy: bool,
    latency_ms: f64,
    /// Services that the miner claims to serve.
    services: Vec<String>,
    /// Reason why the miner is not healthy, or null.
    error: Option<String>,
}

pub(super) async fn run(
    HealthArguments { netuid, signer }: HealthArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let phloem = signer.phloem(netuid, context, output).await?.start().await?;
    let targets = phloem.discover();
    let stage = output.stage("looking at the miners");
    let looks = stream::iter(&targets).map(|target| look(&phloem, target)).buffered(CONCURRENCY);
    let miners: Vec<MinerHealth> = looks.collect().await;
    stage.done(format_args!("{} miners looked at", miners.len()));
    let block = phloem.metastruct().view().block.id.number;
    let healthy = miners.iter().filter(|miner| miner.is_healthy).count();
    output.result(&HealthShown { netuid, block, known: miners.len(), healthy, miners }, text);
    Ok(())
}

async fn look(phloem: &Phloem, target: &Target) -> MinerHealth {
    let started = Instant::now();
    let proof = phloem.prove(target).await;
    let latency_ms = started.elapsed().as_secs_f64() * 1e3;
    let (services, error) = match proof {
        Ok(document) => {
            let services = document.iter().flat_map(|document| &document.services);
            (services.map(|service| service.name.clone()).collect(), None)
        }
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    MinerHealth {
        address: target.address,
        url: target.endpoint.to_string(),
        stake: target.stake.into(),
        is_healthy: error.is_none(),
        latency_ms,
        services,
        error,
    }
}

fn text(health: &HealthShown) -> String {
    let rows = health.miners.iter().map(|miner| {
        // Both texts are untrusted input.
        let told = match &miner.error {
            Some(error) => error.escape_debug().to_string(),
            None => miner.services.join(", ").escape_debug().to_string(),
        };
        let latency = format!("{:.2} ms", miner.latency_ms);
        let state = if miner.is_healthy { "healthy" } else { "not healthy" };
        [
            miner.address.to_string(),
            miner.url.clone(),
            miner.stake.to_string(),
            state.to_owned(),
            latency,
            told,
        ]
    });
    let table = table(["miner", "serves at", "stake", "state", "latency", "services"], rows);
    format!(
        "{} of {} miners of subnet {} are healthy at block {}\n{table}",
        health.healthy, health.known, health.netuid, health.block
    )
}
