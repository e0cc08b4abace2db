//! From how a miner is to serve to a miner that serves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hetu_cambium::server::RequestPipeline;
use hetu_cambium::{
    HeadLimits, RegisteredAccounts, ReplayGuard, ReplySigner, RequestVerifier, Sessions,
};
use hetu_chain::model::{RawEndpoint, Registration};
use hetu_chain::network::hetu_home;
use hetu_chain::{Hetutensor, NetUid};
use hetu_metastruct::{Endpoint, Metastruct};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use crate::metrics::{ConnectionMetrics, Metrics};
use crate::policy::{CurrentPolicy, PolicyMetrics, PolicyWatch};
use crate::queue::{QueueMetrics, WorkQueue};
use crate::registered::RegisteredCallers;
use crate::registration::{
    Home, RegistrationMetrics, RegistrationWatch, addressed_to, join, reachable,
};
use crate::serving::{
    Admission, CallMetrics, Documents, Door, FailedProofs, MetricsPort, Miner, Observation,
    UnverifiedBudget,
};
use crate::tls::TlsAcceptance;
use crate::{
    InMemoryRateLimiter, RateLimiter, RoleSource, RunningXylem, ServerLimits, XylemBuilder,
    XylemError,
};

impl XylemBuilder {
    /// Starts the miner, serves until the process is told to stop (interrupt or termination
    /// signal), and lets the requests under way finish.
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
    /// serves in the background. What a registration costs is in the log before it is paid.
    ///
    /// If the chain does not let the endpoint change yet, the miner serves, is not ready, and
    /// changes it when it may.
    ///
    /// It takes up to a second more than the chain does: see [`ReplayGuard::opens_in`].
    ///
    /// # Errors
    /// [`XylemError`] says what is wrong. The chain is not changed unless everything that can be
    /// checked before is right.
    pub async fn start(mut self) -> Result<RunningXylem, XylemError> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        let netuid = self.netuid.ok_or(XylemError::NoNetuid)?;
        if self.services.is_empty() {
            return Err(XylemError::NoService);
        }
        let mut registry = Metrics::registry();
        #[cfg(feature = "redis")]
        self.share(netuid, &mut registry).await?;
        let policy = match &self.policy_file {
            Some(file) => file.read().await?,
            None => self.policy.clone(),
        };
        let (socket, local_address) = match self.listener.take() {
            Some(listener) => addressed(listener, &self.bind)?,
            None => listen(self.bind.clone()).await?,
        };
        let metrics_port = metrics_port(self.metrics_bind.take()).await?;
        if self.is_behind_proxy {
            // All connections come from the proxy.
            self.limits.connections_per_address = self.limits.connections;
        }

        let (signer, chain) = self.home.identity()?;
        let (advertised, endpoint) = self.addresses(local_address)?;
        let tls = match self.tls.take() {
            Some(settings) => Some(TlsAcceptance::open(settings, host(&endpoint)).await?),
            None => None,
        };
        let verifier = RequestVerifier::new(chain, netuid, signer.address());
        let registered = RegisteredCallers::default();
        let verifier = self.verifier(verifier, endpoint.as_ref(), &registered)?;
        // Made before the chain is asked, so that its first second passes meanwhile.
        let guard = match self.replay_store {
            None => ReplayGuard::new(verifier.window(), self.replay_limits, self.clock.clone()),
            Some(store) => ReplayGuard::with_store(verifier.window(), store, self.clock.clone()),
        }?
        .with_reserve_for(reserve_for(&registered));

        let connections = ConnectionMetrics::registered_in(&mut registry);
        let queue = WorkQueue::new(QueueMetrics::registered_in(&mut registry));
        let calls = CallMetrics::registered_in(&mut registry, self.services.names());
        let reloads = PolicyMetrics::registered_in(&mut registry);
        let place = match self.home {
            Home::Detached { roster, .. } => Place { roster, picture: None, watch: None },
            Home::Chain(hetu) => {
                let plan = Plan {
                    netuid,
                    endpoint: advertised.ok_or(XylemError::NoPublicEndpoint)?,
                    metrics_endpoint: self.advertised_metrics.unwrap_or_default(),
                    stake: self.stake,
                    cost_limit: self.cost_limit,
                    home: self.home_folder.unwrap_or_else(hetu_home),
                };
                plan.take_place(hetu, self.metastruct, &mut registry).await?
            }
        };
        let shown = tls.as_ref().map(TlsAcceptance::fingerprint);
        // What a proxy takes is for its operator to know.
        let takes_http2_in_clear = shown.is_none() && !self.is_behind_proxy;
        let documents =
            Documents::new(&verifier, &self.services, &self.limits, shown, takes_http2_in_clear);
        tokio::time::sleep(guard.opens_in()).await;
        let address = signer.address();
        let replies = ReplySigner::new(signer, chain).with_clock(Arc::clone(&self.clock));
        let head_limits = HeadLimits::default().with_bytes(self.limits.field_bytes.max(8_192));
        let pipeline = RequestPipeline::new(verifier, guard, replies).with_head_limits(head_limits);
        // In memory, unsigned calls are counted apart, so that addresses take no room of accounts.
        let in_memory = || -> Arc<dyn RateLimiter> { Arc::new(InMemoryRateLimiter::default()) };
        let rates = self.rates.clone().unwrap_or_else(in_memory);
        let other_rates = self.rates.clone().unwrap_or_else(in_memory);
        let open_rates = self.rates.unwrap_or_else(in_memory);
        let current_policy = Arc::new(CurrentPolicy::new(policy.clone(), queue.clone()));
        let policy_watch = self
            .policy_file
            .map(|file| PolicyWatch::spawn(file, policy, Arc::clone(&current_policy), reloads));
        registered.follow(Arc::clone(&place.roster), Arc::clone(&current_policy));
        let unverified = UnverifiedBudget::new(&self.limits, self.is_behind_proxy);
        let handshakes = handshakes(&self.limits, self.is_behind_proxy);
        let miner = Arc::new(Miner {
            services: self.services,
            documents,
            pipeline,
            policy: current_policy,
            policy_watch,
            rates,
            other_rates,
            open_rates,
            hooks: self.hooks,
            queue,
            metrics: calls,
            roster: place.roster,
            registered,
            failed_proofs: FailedProofs::new(self.is_behind_proxy),
            store_answers: self.store_answers,
            registration: place.watch.as_ref().map(RegistrationWatch::state),
            unverified,
            clock: self.clock,
            limits: self.limits,
            is_stopping: AtomicBool::new(false),
        });
        tracing::info!(%address, %netuid, %local_address, tls = tls.is_some(), "the miner serves");
        let door = Door { socket, local_address, tls, handshakes };
        let metrics = Metrics::new(registry, place.picture);
        let observation = Observation { metrics, connections, port: metrics_port };
        let watching = place.watch.map(|watch| tokio::spawn(watch.run()));
        Ok(RunningXylem::spawn(door, miner, self.layers, observation, watching))
    }

    /// Where callers reach the miner: as it is written on chain, and as it is understood.
    fn addresses(
        &mut self,
        local_address: SocketAddr,
    ) -> Result<(Option<RawEndpoint>, Option<Endpoint>), XylemError> {
        let allows_private = self.home.allows_private_addresses();
        let is_secure = self.tls.is_some();
        let advertised = match self.advertised.take() {
            Some(mut raw) => {
                if is_secure && !raw.host.contains("://") {
                    raw.host = format!("https://{}", raw.host);
                }
                Some(raw)
            }
            None => reachable(local_address, allows_private, is_secure),
        };
        let endpoint =
            advertised.as_ref().map(|raw| Endpoint::parse(raw, allows_private)).transpose()?;
        let is_clear = endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
        if is_secure && is_clear {
            return Err(XylemError::ClearEndpoint);
        }
        Ok((advertised, endpoint))
    }

    fn verifier(
        &self,
        verifier: RequestVerifier,
        endpoint: Option<&Endpoint>,
        registered: &RegisteredCallers,
    ) -> Result<RequestVerifier, XylemError> {
        let mut verifier = verifier.with_clock(self.clock.clone());
        if let Some(limits) = self.sessions {
            let clock = self.clock.clone();
            let sessions = match &self.session_store {
                None => Sessions::new(limits, clock),
                Some(store) => Sessions::in_store(limits, clock, Arc::clone(store)),
            };
            let sessions = sessions.with_reserve_for(reserve_for(registered));
            verifier = verifier.with_sessions(Arc::new(sessions));
        }
        if self.accepts_earlier_revision {
            verifier = verifier.with_earlier_revision();
        }
        if let Some(contracts) = &self.contracts {
            verifier = verifier.with_contract_signature_verifier(Arc::clone(contracts));
        }
        match endpoint {
            Some(endpoint) => addressed_to(verifier, endpoint, self.is_behind_proxy),
            None => Ok(verifier),
        }
    }
}

/// How the miner is to take part in its subnet.
struct Plan {
    netuid: NetUid,
    endpoint: RawEndpoint,
    metrics_endpoint: RawEndpoint,
    stake: Option<hetu_chain::Amount>,
    cost_limit: Option<hetu_chain::Amount>,
    home: PathBuf,
}

/// Where the miner knows from who is who, and what its own place is.
struct Place {
    roster: Arc<dyn RoleSource>,
    picture: Option<Metastruct>,
    watch: Option<RegistrationWatch>,
}

impl Plan {
    async fn take_place(
        self,
        hetu: Hetutensor,
        metastruct: Option<Metastruct>,
        registry: &mut Registry,
    ) -> Result<Place, XylemError> {
        let subnet = match metastruct {
            Some(subnet) => subnet,
            None => Metastruct::builder(hetu.clone(), self.netuid).start().await?,
        };
        let least_stake = subnet.view().hyperparameters.dendron_threshold;
        let stake = self.stake.unwrap_or(least_stake);
        let mut registration = Registration::miner(self.netuid, stake, self.endpoint);
        registration.metrics_endpoint = self.metrics_endpoint;
        let membership = join(&hetu, &registration, self.cost_limit, &self.home).await?;
        let metrics = RegistrationMetrics::registered_in(registry);
        let watch = RegistrationWatch::begin(
            hetu,
            subnet.clone(),
            registration,
            &membership,
            metrics,
            self.home,
        )
        .await;
        Ok(Place { roster: Arc::new(subnet.clone()), picture: Some(subnet), watch: Some(watch) })
    }
}

fn reserve_for(registered: &RegisteredCallers) -> RegisteredAccounts {
    let registered = registered.clone();
    RegisteredAccounts::new(move |account| registered.contains(account.address))
}

/// TLS handshakes at the same time, of which one address has an eighth, or a proxy all.
fn handshakes(limits: &ServerLimits, is_behind_proxy: bool) -> Arc<Admission> {
    let total = limits.handshakes;
    Admission::new(total, if is_behind_proxy { total } else { total.div_ceil(8) })
}

async fn metrics_port(address: Option<String>) -> Result<Option<MetricsPort>, XylemError> {
    let Some(address) = address else { return Ok(None) };
    let (listener, local_address) = listen(address).await?;
    Ok(Some(MetricsPort { listener, local_address }))
}

async fn listen(address: String) -> Result<(TcpListener, SocketAddr), XylemError> {
    let failed = |source| XylemError::Bind { address: address.clone(), source };
    let listener = TcpListener::bind(&address).await.map_err(failed)?;
    addressed(listener, &address)
}

/// A listener that was to listen on `asked`, with where it does.
fn addressed(listener: TcpListener, asked: &str) -> Result<(TcpListener, SocketAddr), XylemError> {
    let failed = |source| XylemError::Bind { address: asked.to_owned(), source };
    let local_address = listener.local_addr().map_err(failed)?;
    Ok((listener, local_address))
}

/// The name or address in a certificate of the miner's own.
fn host(endpoint: &Option<Endpoint>) -> String {
    let authority = endpoint.as_ref().map_or("localhost", Endpoint::authority);
    let authority = http::uri::Authority::try_from(authority);
    let host = authority.as_ref().map_or("localhost", http::uri::Authority::host);
    host.trim_matches(['[', ']']).to_owned()
}

#[cfg(unix)]
async fn stop_signal() -> Result<(), XylemError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(XylemError::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(XylemError::Signal)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn stop_signal() -> Result<(), XylemError> {
    tokio::signal::ctrl_c().await.map_err(XylemError::Signal)
}
