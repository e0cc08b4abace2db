//! Taking a place on chain, for a price that is known before.

use hetu_chain::{Amount, ChainError, Hetutensor, Registration, Revert, Role};

use crate::XylemError;

/// What had to be done for the miner to take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    /// It did already, at this endpoint.
    Unchanged,
    /// It did already; its endpoint was changed.
    EndpointUpdated,
    /// It did already, at another endpoint, which cannot be changed yet.
    EndpointPending {
        /// What the contract says of when it can.
        reason: String,
    },
    /// It was registered now.
    Registered,
}

/// Makes the wallet take part as `registration` says, if it costs no more than `cost_limit`.
pub(crate) async fn join(
    hetu: &Hetutensor,
    registration: &Registration,
    cost_limit: Option<Amount>,
) -> Result<Membership, XylemError> {
    let dendrons = hetu.dendrons();
    let netuid = registration.netuid;
    let Some(current) = dendrons.get(netuid, hetu.address()?).await? else {
        register(hetu, registration, cost_limit).await?;
        return Ok(Membership::Registered);
    };
    if current.role != Role::Miner {
        return Err(XylemError::NotAMiner { role: current.role });
    }
    let Registration { endpoint, metrics_endpoint, .. } = registration;
    if current.endpoint == *endpoint && current.metrics_endpoint == *metrics_endpoint {
        tracing::info!(%netuid, "the miner is registered at this endpoint already");
        return Ok(Membership::Unchanged);
    }
    update_endpoint(hetu, registration).await
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

/// Changes the endpoint, unless it was changed only just before.
pub(super) async fn update_endpoint(
    hetu: &Hetutensor,
    registration: &Registration,
) -> Result<Membership, XylemError> {
    let Registration { netuid, endpoint, metrics_endpoint, .. } = registration;
    let update = hetu.dendrons().update_endpoints(*netuid, endpoint, metrics_endpoint);
    match update.await {
        Ok(_) => {
            tracing::info!(%netuid, host = endpoint.host, port = endpoint.port, "the endpoint is changed");
            Ok(Membership::EndpointUpdated)
        }
        Err(ChainError::Reverted { revert, .. }) if is_rate_limited(&revert) => {
            Ok(Membership::EndpointPending { reason: revert.to_string() })
        }
        Err(error) => Err(error.into()),
    }
}

fn is_rate_limited(revert: &Revert) -> bool {
    matches!(revert, Revert::Custom { name, .. } if name == "ServingRateLimited")
}
