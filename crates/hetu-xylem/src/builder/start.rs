//! The start of a miner, step by step.

use std::sync::Arc;

use prometheus_client::registry::Registry;

use super::XylemBuilder;
use super::assembly::{OpenEdge, OpenedMiner};
use super::endpoint::{AdvertisedEndpoint, EndpointConditions};
use super::signal::stop_signal;
use super::verification::Addressee;
use crate::error::XylemError;
use crate::metrics::{ConnectionMetrics, MinerMetrics};
use crate::registered::RegisteredCallers;
use crate::serving::{PreparedMiner, RunningXylem, StoreAnswers};

impl XylemBuilder {
    /// Starts the miner, serves until the process receives a stop signal (interrupt or
    /// termination), and lets the requests in flight finish.
    ///
    /// # Errors
    /// [`XylemError`], as for [`start`](Self::start).
    pub async fn serve(self) -> Result<(), XylemError> {
        let running = self.start().await?;
        let outcome = stop_signal().await;
        tracing::info!("the miner stops: requests under way are finished");
        running.stop().await;
        outcome
    }

    /// Listens, registers the miner on chain or updates its endpoint, follows the subnet, and
    /// serves in the background. The miner logs the cost of a registration before it pays.
    ///
    /// If the chain does not allow a change of the endpoint yet, the miner serves and is not ready.
    /// It changes the endpoint as soon as the chain allows it.
    ///
    /// The start takes up to one second in addition to the time of the chain: see
    /// [`ReplayGuard::opens_in`](hetu_cambium::ReplayGuard::opens_in).
    ///
    /// # Errors
    /// A [`XylemError`] with the cause. The miner changes the chain only after all other checks
    /// pass.
    pub async fn start(self) -> Result<RunningXylem, XylemError> {
        Ok(self.prepare().await?.run())
    }

    /// Runs every step of [`start`](Self::start) before the miner serves.
    pub(crate) async fn prepare(mut self) -> Result<PreparedMiner, XylemError> {
        if let Some(error) = self.first_error.take() {
            return Err(error);
        }
        if self.serving.services.is_empty() {
            return Err(XylemError::NoService);
        }
        let mut registry = MinerMetrics::registry();
        let store_answers = self.open_stores(&mut registry).await?;
        let policy = self.policy.clone().open(&mut registry).await?;
        let edge = self.open_edge(&mut registry).await?;
        let registered = RegisteredCallers::default();
        let addressee = Addressee {
            identity: &edge.identity,
            netuid: self.netuid,
            endpoint: edge.endpoint.as_ref(),
            is_behind_proxy: self.listening.is_behind_proxy,
        };
        // This begins before the chain is read, so that the first second passes in the meantime.
        let verification = self.verification.begin(&addressee, &registered, &self.clock)?;
        // This step changes the chain and may cost fees, so it runs after all checks.
        let endpoint = edge.endpoint.clone();
        let subnet = self.membership.enter(self.network, self.netuid, endpoint, &mut registry);
        let subnet = subnet.await?;
        registered.follow(Arc::clone(&subnet.roles), Arc::clone(&policy.current));
        let pipeline = verification.open(edge.identity.clone(), &edge.listener.limits).await;
        let (address, netuid) = (edge.identity.signer.address(), self.netuid);
        let (local_address, tls) = (edge.listener.local_address, edge.listener.tls.is_some());
        tracing::info!(%address, %netuid, %local_address, tls, "the miner serves");
        let opened = OpenedMiner {
            registry,
            store_answers,
            policy,
            edge,
            registered,
            subnet,
            pipeline,
            clock: self.clock,
            is_behind_proxy: self.listening.is_behind_proxy,
        };
        Ok(self.serving.assemble(opened))
    }

    #[cfg(feature = "redis")]
    async fn open_stores(
        &mut self,
        registry: &mut Registry,
    ) -> Result<Option<StoreAnswers>, XylemError> {
        super::stores::share(self, registry).await
    }

    #[cfg(not(feature = "redis"))]
    async fn open_stores(&mut self, _: &mut Registry) -> Result<Option<StoreAnswers>, XylemError> {
        Ok(None)
    }

    /// Opens the ports, and determines the advertised endpoint.
    async fn open_edge(&mut self, registry: &mut Registry) -> Result<OpenEdge, XylemError> {
        let listening = &mut self.listening;
        let port = listening.open().await?;
        let metrics_port = listening.open_metrics().await?;
        let identity = self.network.identity()?;
        let conditions = EndpointConditions {
            allows_private_addresses: self.network.allows_private_addresses(),
            is_secure: listening.tls.is_some(),
        };
        let asked = self.membership.advertised.take();
        let endpoint = AdvertisedEndpoint::of(asked, port.local_address, conditions)?;
        let tls = listening.open_tls(endpoint.as_ref()).await?;
        let metrics = ConnectionMetrics::registered_in(registry);
        let listener = listening.bounded(port, self.limits, tls, metrics);
        Ok(OpenEdge { listener, metrics_port, identity, endpoint })
    }
}
