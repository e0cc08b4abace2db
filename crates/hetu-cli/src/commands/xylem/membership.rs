//! Whether the wallet takes part in the subnet already, and what that leaves to be done.

use hetu::chain::client::ContractCall;
use hetu::chain::model::{RawEndpoint, Role};
use hetu::{Amount, Hetutensor, NetUid};
use serde::Serialize;

use crate::commands::registration::{PlannedRegistration, RegistrationRequest};
use crate::error::CliError;
use crate::writing::{Sending, WritePlan, Writer};

/// The membership that a miner asks for.
#[derive(Debug)]
pub(super) struct MembershipRequest {
    pub(super) netuid: NetUid,
    pub(super) stake: Option<Amount>,
    pub(super) max_cost: Option<Amount>,
    pub(super) endpoint: RawEndpoint,
    pub(super) metrics_endpoint: RawEndpoint,
}

/// What there is to do on chain before it serves.
#[derive(Debug)]
pub(super) enum MinerMembership {
    /// It takes part, and can be reached where it is said to be.
    Unchanged,
    /// It takes part, and is somewhere else now.
    Moved,
    /// So it is, and may not say so on chain yet: the miner does when it may.
    MovedTooSoon,
    /// It does not take part yet.
    Joining(Box<PlannedRegistration>),
}

/// What was done about it.
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

    /// Does what is left to be done.
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
