//! The membership of a miner in its subnet.

use std::path::PathBuf;
use std::sync::Arc;

use hetu_chain::model::{RawEndpoint, Registration};
use hetu_chain::network::hetu_home;
use hetu_chain::{Amount, Hetutensor, NetUid};
use hetu_metastruct::Metastruct;
use prometheus_client::registry::Registry;

use super::endpoint::AdvertisedEndpoint;
use super::network::MinerNetwork;
use crate::error::XylemError;
use crate::registration::{RegistrationMetrics, RegistrationWatch, join};
use crate::roles::RoleSource;

/// The options of the registration on chain.
#[derive(Default)]
pub(super) struct MembershipOptions {
    pub(super) advertised: Option<RawEndpoint>,
    pub(super) advertised_metrics: Option<RawEndpoint>,
    pub(super) stake: Option<Amount>,
    pub(super) cost_limit: Option<Amount>,
    pub(super) home_folder: Option<PathBuf>,
    pub(super) metastruct: Option<Metastruct>,
}

/// A subnet as seen by its miner.
pub(super) struct EnteredSubnet {
    pub(super) roles: Arc<dyn RoleSource>,
    /// The cached subnet view, or `None` for a miner without a chain.
    pub(super) metastruct: Option<Metastruct>,
    /// The watch of the registration, or `None` for a miner without a chain.
    pub(super) watch: Option<RegistrationWatch>,
}

impl MembershipOptions {
    /// Follows the subnet, and registers the miner or updates its endpoint. Does neither for a
    /// miner without a chain.
    pub(super) async fn enter(
        self,
        network: MinerNetwork,
        netuid: NetUid,
        endpoint: Option<AdvertisedEndpoint>,
        registry: &mut Registry,
    ) -> Result<EnteredSubnet, XylemError> {
        match network {
            MinerNetwork::Detached { roles, .. } => {
                Ok(EnteredSubnet { roles, metastruct: None, watch: None })
            }
            MinerNetwork::Chain(hetu) => {
                let endpoint = endpoint.ok_or(XylemError::NoPublicEndpoint)?;
                self.register(hetu, netuid, endpoint.raw, registry).await
            }
        }
    }

    async fn register(
        self,
        hetu: Hetutensor,
        netuid: NetUid,
        endpoint: RawEndpoint,
        registry: &mut Registry,
    ) -> Result<EnteredSubnet, XylemError> {
        let home = self.home_folder.unwrap_or_else(hetu_home);
        let subnet = match self.metastruct {
            Some(subnet) => subnet,
            None => Metastruct::builder(hetu.clone(), netuid).start().await?,
        };
        let least_stake = subnet.view().hyperparameters.dendron_threshold;
        let stake = self.stake.unwrap_or(least_stake);
        let mut registration = Registration::miner(netuid, stake, endpoint);
        registration.metrics_endpoint = self.advertised_metrics.unwrap_or_default();
        let joined = join(&hetu, &registration, self.cost_limit, &home).await?;
        let metrics = RegistrationMetrics::registered_in(registry);
        let watch =
            RegistrationWatch::begin(hetu, subnet.clone(), registration, &joined, metrics, home);
        let watch = Some(watch.await);
        Ok(EnteredSubnet { roles: Arc::new(subnet.clone()), metastruct: Some(subnet), watch })
    }
}
