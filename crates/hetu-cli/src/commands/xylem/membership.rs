//! The current membership of the wallet in the subnet, and the required changes.

use hetu::chain::client::ContractCall;
use hetu::chain::model::{RawEndpoint, Role};
use hetu::{Amount, Hetutensor, NetUid};
use serde::Serialize;

use crate::commands::registration::{PlannedRegistration, RegistrationRequest};
use crate::error::CliError;
use crate::writing::{Sending, WritePlan, Writer};

/// The requested membership of a miner.
#[derive(Debug)]
pub(super) struct MembershipRequest {
    pub(super) netuid: NetUid,
    pub(super) stake: Option<Amount>,
    pub(super) max_cost: Option<Amount>,
    pub(super) endpoint: RawEndpoint,
    pub(super) metrics_endpoint: RawEndpoint,
}

/// The change on chain that is required before the miner serves.
#[derive(Debug)]
pub(super) enum MinerMembership {
    /// Registered miner with the correct endpoint.
    Unchanged,
    /// Registered miner with another endpoint.
    Moved,
    /// Registered miner with another endpoint that may not be changed on chain yet. The miner
    /// updates it later.
    MovedTooSoon,
    /// Unregistered miner.
    Joining(Box<PlannedRegistration>),
}

/// The change of the membership that was made.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MembershipChange {
    Unchanged,
    Pending,
    Updated,
    Registered,
}

impl MembershipRequest {
    fn update<'client>(&self, hetu: &'client Hetutensor) -> ContractCall<'client> {
        hetu.dendrons().update_endpoints(self.netuid, &self.endpoint, &self.metrics_endpoint)
    }
}

impl MinerMembership {
    pub(super) async fn of(
        writer: &Writer<'_>,
        request: &MembershipRequest,
    ) -> Result<Self, CliError> {
        let (netuid, account) = (request.netuid, writer.account());
        let Some(current) = writer.hetu().dendrons().get(netuid, account).await? else {
            let request = RegistrationRequest {
                netuid,
                role: Role::Miner,
                stake: request.stake,
                endpoint: request.endpoint.clone(),
                metrics_endpoint: request.metrics_endpoint.clone(),
                max_cost: request.max_cost,
            };
            return Ok(Self::Joining(Box::new(PlannedRegistration::new(writer, request).await?)));
        };
        if current.role != Role::Miner {
            return Err(CliError::OtherRole { account, role: current.role, netuid });
        }
        let is_there = current.endpoint == request.endpoint
            && current.metrics_endpoint == request.metrics_endpoint;
        if is_there {
            return Ok(Self::Unchanged);
        }
        let update = request.update(writer.hetu());
        match update.dry_run_as(account).await {
            Err(error) if error.is_revert("ServingRateLimited") => Ok(Self::MovedTooSoon),
            _ => Ok(Self::Moved),
        }
    }

    pub(super) async fn plan(
        &self,
        writer: &Writer<'_>,
        request: &MembershipRequest,
    ) -> Result<WritePlan, CliError> {
        let MembershipRequest { netuid, endpoint: RawEndpoint { host, port }, .. } = request;
        match self {
            Self::Joining(joining) => joining.plan(writer).await,
            Self::MovedTooSoon => {
                let when = "as soon as the serving rate limit of the subnet allows it";
                let intent = format!("serve subnet {netuid} at {host}:{port}, on chain {when}");
                let mut plan = writer.plan(intent);
                let manager = writer.hetu().network().contracts.dendron_manager;
                plan.follow("updateNeuronService", Some(manager));
                Ok(plan)
            }
            Self::Unchanged => Ok(writer.plan(format!("serve subnet {netuid} at {host}:{port}"))),
            Self::Moved => {
                let intent = format!("serve subnet {netuid} at {host}:{port} from now on");
                let mut plan = writer.plan(intent);
                plan.rehearse(request.update(writer.hetu())).await?;
                Ok(plan)
            }
        }
    }

    /// Makes the required changes.
    pub(super) async fn settle(
        &self,
        hetu: &Hetutensor,
        request: &MembershipRequest,
        sending: &mut Sending<'_>,
    ) -> Result<MembershipChange, CliError> {
        match self {
            Self::Unchanged => Ok(MembershipChange::Unchanged),
            Self::MovedTooSoon => Ok(MembershipChange::Pending),
            Self::Moved => {
                sending.send(request.update(hetu)).await?;
                Ok(MembershipChange::Updated)
            }
            Self::Joining(joining) => {
                joining.send(hetu, sending).await?;
                Ok(MembershipChange::Registered)
            }
        }
    }
}
