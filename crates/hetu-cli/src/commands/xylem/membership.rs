//! Whether the wallet takes part in the subnet already, and what that leaves to be done.

use hetu::chain::{RawEndpoint, Role};
use hetu::{Amount, Hetutensor, NetUid};
use serde::Serialize;

use crate::commands::registration::{Joining, Wish};
use crate::error::CliError;
use crate::writing::{Plan, Sending, Writer};

/// Where and how a miner is to take part.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) netuid: NetUid,
    pub(super) stake: Option<Amount>,
    pub(super) max_cost: Option<Amount>,
    pub(super) endpoint: RawEndpoint,
    pub(super) metrics_endpoint: RawEndpoint,
}

/// What there is to do on chain before it serves.
#[derive(Debug)]
pub(super) enum Membership {
    /// It takes part, and can be reached where it is said to be.
    Unchanged,
    /// It takes part, and is somewhere else now.
    Moved,
    /// It does not take part yet.
    Joining(Box<Joining>),
}

/// What was done about it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Unchanged,
    Updated,
    Registered,
}

impl Membership {
    pub(super) async fn of(writer: &Writer<'_>, place: &Place) -> Result<Self, CliError> {
        let (netuid, account) = (place.netuid, writer.account());
        let Some(current) = writer.hetu().dendrons().get(netuid, account).await? else {
            let wish = Wish {
                netuid,
                role: Role::Miner,
                stake: place.stake,
                endpoint: place.endpoint.clone(),
                metrics_endpoint: place.metrics_endpoint.clone(),
                max_cost: place.max_cost,
            };
            return Ok(Self::Joining(Box::new(Joining::new(writer, wish).await?)));
        };
        if current.role != Role::Miner {
            return Err(CliError::OtherRole { account, role: current.role, netuid });
        }
        let is_there = current.endpoint == place.endpoint
            && current.metrics_endpoint == place.metrics_endpoint;
        Ok(if is_there { Self::Unchanged } else { Self::Moved })
    }

    pub(super) async fn plan(&self, writer: &Writer<'_>, place: &Place) -> Result<Plan, CliError> {
        let Place { netuid, endpoint, metrics_endpoint, .. } = place;
        let RawEndpoint { host, port } = endpoint;
        match self {
            Self::Joining(joining) => joining.plan(writer).await,
            Self::Unchanged => Ok(writer.plan(format!("serve subnet {netuid} at {host}:{port}"))),
            Self::Moved => {
                let intent = format!("serve subnet {netuid} at {host}:{port} from now on");
                let mut plan = writer.plan(intent);
                let dendrons = writer.hetu().dendrons();
                let update = dendrons.update_endpoints(*netuid, endpoint, metrics_endpoint);
                plan.rehearse(update).await?;
                Ok(plan)
            }
        }
    }

    /// Does what is left to be done.
    pub(super) async fn settle(
        &self,
        hetu: &Hetutensor,
        place: &Place,
        sending: &mut Sending<'_>,
    ) -> Result<Change, CliError> {
        let Place { netuid, endpoint, metrics_endpoint, .. } = place;
        match self {
            Self::Unchanged => Ok(Change::Unchanged),
            Self::Moved => {
                let dendrons = hetu.dendrons();
                sending
                    .send(dendrons.update_endpoints(*netuid, endpoint, metrics_endpoint))
                    .await?;
                Ok(Change::Updated)
            }
            Self::Joining(joining) => {
                joining.send(hetu, sending).await?;
                Ok(Change::Registered)
            }
        }
    }
}
