//! Miners that claim to serve a service.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use hetu::phloem::{RouteOptions, Target};
use hetu::{Address, Phloem};
use tokio::time::timeout;

use crate::error::CliError;
use crate::output::Output;

/// Number of concurrent queries for the services of miners.
const CONCURRENCY: usize = 64;
/// Timeout of such a query. A slower miner is excluded.
const PATIENCE: Duration = Duration::from_secs(5);
/// Number of miners that one call can use: the first attempt and two others.
const ENOUGH: usize = 3;

/// The claim of a miner about a service.
enum ServiceClaim {
    Serves,
    /// The miner signs no document, so only its first reply shows whether it serves.
    Unsaid,
    ServesOthers,
    Unreachable(String),
}

/// Returns options that exclude miners which do not list `service`. Miners are asked by decreasing
/// stake, until enough of them list it.
///
/// # Errors
///
/// Returns [`CliError::NotServed`] if none lists it.
pub(super) async fn only(
    phloem: &Phloem,
    service: &str,
    output: &Output,
) -> Result<RouteOptions, CliError> {
    let targets = phloem.discover();
    let stage = output.stage("asking the miners what they serve");
    let mut claims = stream::iter(&targets)
        .map(async |target| (target, claim(phloem, target, service).await))
        .buffered(CONCURRENCY);
    let (mut serving, mut others, mut unreachable) = (Vec::new(), 0, Vec::new());
    while let Some((target, claim)) = claims.next().await {
        match claim {
            ServiceClaim::Serves | ServiceClaim::Unsaid => serving.push(target.address),
            ServiceClaim::ServesOthers => others += 1,
            ServiceClaim::Unreachable(reason) => {
                unreachable.push(format!("{}: {reason}", target.address))
            }
        }
        if serving.len() == ENOUGH {
            break;
        }
    }
    stage.clear();
    if serving.is_empty() {
        let (service, netuid) = (service.to_owned(), phloem.metastruct().netuid());
        return Err(CliError::NotServed { service, netuid, others, unreachable });
    }
    let is_left_out = |miner: &Address| !serving.contains(miner);
    let left_out = targets.iter().map(|target| target.address).filter(is_left_out);
    Ok(RouteOptions::default().exclude(left_out))
}

async fn claim(phloem: &Phloem, target: &Target, service: &str) -> ServiceClaim {
    match timeout(PATIENCE, phloem.prove(target)).await {
        Ok(Ok(Some(document))) => {
            let is_listed = document.services.iter().any(|listed| listed.name == service);
            if is_listed { ServiceClaim::Serves } else { ServiceClaim::ServesOthers }
        }
        Ok(Ok(None)) => ServiceClaim::Unsaid,
        Ok(Err(error)) => ServiceClaim::Unreachable(error.to_string()),
        Err(_) => ServiceClaim::Unreachable(format!("no answer within {PATIENCE:?}")),
    }
}
