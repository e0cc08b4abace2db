//! Joining a subnet on chain, at a known cost.

use std::path::Path;

use hetu_chain::model::{Registration, Role};
use hetu_chain::{Amount, Hetutensor};

use crate::error::XylemError;

/// The folder of the fees of the last day, inside the home folder.
const FEES: &str = "fees";

/// The change made on chain to join the subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JoinOutcome {
    /// No change: the miner was registered at this endpoint.
    Unchanged,
    /// A changed endpoint of a registered miner.
    EndpointUpdated,
    /// An endpoint of a registered miner that cannot be changed yet.
    EndpointPending {
        /// The reason given by the contract.
        reason: String,
    },
    /// A new registration.
    Registered,
    /// No registration.
    None,
}

/// Joins the subnet as `registration` describes, if it costs at most `cost_limit`.
pub(crate) async fn join(
    hetu: &Hetutensor,
    registration: &Registration,
    cost_limit: Option<Amount>,
    home: &Path,
) -> Result<JoinOutcome, XylemError> {
    match correct_endpoint(hetu, registration, home).await? {
        JoinOutcome::None => {
            register(&bounded(hetu, home).await?, registration, cost_limit).await?;
            Ok(JoinOutcome::Registered)
        }
        outcome => Ok(outcome),
    }
}

/// Updates the endpoint of the wallet's miner if the chain has another one, unless it changed very
/// recently.
///
/// It reads the chain first, so that the miner does not pay again for a change with an unknown
/// outcome.
pub(super) async fn correct_endpoint(
    hetu: &Hetutensor,
    registration: &Registration,
    home: &Path,
) -> Result<JoinOutcome, XylemError> {
    let netuid = registration.netuid;
    let Some(current) = hetu.dendrons().get(netuid, hetu.address()?).await? else {
        return Ok(JoinOutcome::None);
    };
    if current.role != Role::Miner {
        return Err(XylemError::NotAMiner { role: current.role });
    }
    let Registration { endpoint, metrics_endpoint, .. } = registration;
    if current.endpoint == *endpoint && current.metrics_endpoint == *metrics_endpoint {
        tracing::info!(%netuid, "the chain has the miner at this endpoint");
        return Ok(JoinOutcome::Unchanged);
    }
    update_endpoint(&bounded(hetu, home).await?, registration).await
}

/// Returns the connection with a daily limit on the gas fees of its account. A miner sends
/// transactions without approval by a person, and a restart would otherwise reset the limit.
async fn bounded(hetu: &Hetutensor, home: &Path) -> Result<Hetutensor, XylemError> {
    let hetu = hetu.clone();
    if hetu.has_daily_fee_ceiling() {
        return Ok(hetu);
    }
    Ok(hetu.with_daily_fee_ceiling(home.join(FEES)).await?)
}

async fn register(
    hetu: &Hetutensor,
    registration: &Registration,
    cost_limit: Option<Amount>,
) -> Result<(), XylemError> {
    let netuid = registration.netuid;
    let quote = hetu.dendrons().quote(registration).await?;
    tracing::info!(
        %netuid,
        cost = %quote.cost,
        stake = %quote.stake,
        from_balance = %quote.missing_stake,
        "registering the miner: the cost is not paid back, the stake is allocated to the subnet"
    );
    if let Some(limit) = cost_limit.filter(|&limit| quote.cost > limit) {
        return Err(XylemError::CostTooHigh { cost: quote.cost, limit });
    }
    let registered = hetu.dendrons().join(registration, &quote).await?;
    tracing::info!(
        %netuid,
        cost = %registered.cost,
        stake = %registered.stake,
        transaction = %registered.receipt.transaction,
        "the miner is registered"
    );
    Ok(())
}

async fn update_endpoint(
    hetu: &Hetutensor,
    registration: &Registration,
) -> Result<JoinOutcome, XylemError> {
    let Registration { netuid, endpoint, metrics_endpoint, .. } = registration;
    let update = hetu.dendrons().update_endpoints(*netuid, endpoint, metrics_endpoint);
    match update.await {
        Ok(_) => {
            tracing::info!(%netuid, host = endpoint.host, port = endpoint.port, "the endpoint is changed");
            Ok(JoinOutcome::EndpointUpdated)
        }
        Err(error) if error.is_revert("ServingRateLimited") => {
            Ok(JoinOutcome::EndpointPending { reason: error.to_string() })
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::model::RawEndpoint;
    use hetu_devnet::Devnet;

    use super::*;

    #[tokio::test]
    async fn an_endpoint_that_the_chain_has_already_is_not_paid_for_again() {
        let devnet = Devnet::builder().start().await.unwrap();
        let owner = devnet.connect_as(1).await.unwrap();
        let netuid = devnet.open_subnet(&owner).await.unwrap();
        let hetu = devnet.connect_as(2).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let registration = |port| {
            let endpoint = RawEndpoint::new("127.0.0.1", port);
            Registration::miner(netuid, Amount::from_hetu(500), endpoint)
        };
        let unregistered = correct_endpoint(&hetu, &registration(7), home.path()).await.unwrap();
        assert_eq!(unregistered, JoinOutcome::None);
        let joined = join(&hetu, &registration(7), None, home.path()).await.unwrap();
        assert_eq!(joined, JoinOutcome::Registered);
        devnet.mine(60).await;
        let changed = correct_endpoint(&hetu, &registration(8), home.path()).await.unwrap();
        assert_eq!(changed, JoinOutcome::EndpointUpdated);

        devnet.mine(60).await;
        let address = hetu.address().unwrap();
        let balance = hetu.tokens().balance(address).await.unwrap();
        let again = correct_endpoint(&hetu, &registration(8), home.path()).await.unwrap();
        assert_eq!(again, JoinOutcome::Unchanged);
        assert_eq!(hetu.tokens().balance(address).await.unwrap(), balance);
    }
}
