//! Putting a miner together.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hetu_cambium::{
    Access, Authority, JsonService, ReplayGuard, ReplayLimits, ReplayStore, ReplySigner,
    RequestVerifier, Scheme, Service, SessionLimits, Sessions, StreamService,
};
use hetu_chain::{
    Amount, ChainId, Clock, ContractSigner, Hetutensor, NetUid, RawEndpoint, Registration, Signer,
    SystemClock,
};
use hetu_metastruct::{Endpoint, EndpointRefusal, Metastruct};
use http::{Request, Response};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::Layer;

use crate::hooks::Hooks;
use crate::metrics::{ConnectionMetrics, Metrics};
use crate::policy::{CurrentPolicy, PolicyMetrics, PolicyWatch};
use crate::queue::{QueueMetrics, WorkQueue};
use crate::serving::{
    CallMetrics, Documents, Layers, MetricsPort, Miner, MinerService, Observation, ServiceTable,
};
use crate::{
    BlockingHandlerFn, HandlerFn, HookFn, MemoryRates, Policy, PolicyFile, Rates, ReplyBody,
    Roster, RunningXylem, ServerLimits, StreamFn, XylemError,
};

/// The server of a miner. Made by [`Xylem::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Xylem;

impl Xylem {
    /// A miner on the network of `hetu`, in the name of its wallet.
    pub fn builder(hetu: Hetutensor) -> XylemBuilder {
        XylemBuilder::new(Home::Chain(hetu))
    }

    /// A miner that does not touch a chain: it serves in the name of `signer`, tells callers
    /// apart by `roster`, and is registered by nobody.
    pub fn detached(signer: Arc<dyn Signer>, chain: ChainId, roster: impl Roster) -> XylemBuilder {
        XylemBuilder::new(Home::Detached { signer, chain, roster: Arc::new(roster) })
    }

    /// Where callers reach a miner that listens on `local`, if that can be told: what a miner
    /// advertises that was not told more. `allows_private_addresses` is the network's.
    pub fn reachable_at(local: SocketAddr, allows_private_addresses: bool) -> Option<RawEndpoint> {
        reachable(local, allows_private_addresses)
    }
}

/// How a miner is to serve.
#[must_use]
pub struct XylemBuilder {
    home: Home,
    netuid: Option<NetUid>,
    bind: String,
    listener: Option<TcpListener>,
    metrics_bind: Option<String>,
    services: ServiceTable,
    layers: Layers,
    policy: Policy,
    policy_file: Option<PolicyFile>,
    rates: Arc<dyn Rates>,
    hooks: Hooks,
    limits: ServerLimits,
    replay_limits: ReplayLimits,
    replay_store: Option<Arc<dyn ReplayStore>>,
    sessions: Option<SessionLimits>,
    accepts_earlier_revision: bool,
    contracts: Option<Arc<dyn ContractSigner>>,
    clock: Arc<dyn Clock>,
    advertised: Option<RawEndpoint>,
    advertised_metrics: Option<RawEndpoint>,
    is_behind_proxy: bool,
    stake: Option<Amount>,
    metastruct: Option<Metastruct>,
    /// The first thing that went wrong while building; told when the miner is to start.
    mistake: Option<XylemError>,
}

enum Home {
    Chain(Hetutensor),
    Detached { signer: Arc<dyn Signer>, chain: ChainId, roster: Arc<dyn Roster> },
}

impl XylemBuilder {
    fn new(home: Home) -> Self {
        Self {
            home,
            netuid: None,
            bind: "0.0.0.0:8091".to_owned(),
            listener: None,
            metrics_bind: None,
            services: ServiceTable::default(),
            layers: Layers::default(),
            policy: Policy::default(),
            policy_file: None,
            rates: Arc::new(MemoryRates::default()),
            hooks: Hooks::default(),
            limits: ServerLimits::default(),
            replay_limits: ReplayLimits::default(),
            replay_store: None,
            sessions: Some(SessionLimits::default()),
            accepts_earlier_revision: false,
            contracts: None,
            clock: Arc::new(SystemClock),
            advertised: None,
            advertised_metrics: None,
            is_behind_proxy: false,
            stake: None,
            metastruct: None,
            mistake: None,
        }
    }

    /// The subnet in which the miner serves.
    pub fn netuid(mut self, netuid: impl Into<NetUid>) -> Self {
        self.netuid = Some(netuid.into());
        self
    }

    /// The address and port to listen on. `0.0.0.0:8091` by default; port 0 is any free one.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.bind = address.into();
        self
    }

    /// Takes connections from a socket that listens already, in place of an address to listen on.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Shows metrics, as OpenMetrics under `/metrics`, on an address and port of their own. They
    /// are not shown by default.
    ///
    /// Whoever reaches the port reads them: listen where only those do who are to.
    pub fn metrics(mut self, address: impl Into<String>) -> Self {
        self.metrics_bind = Some(address.into());
        self
    }

    /// Serves `S` by `handler`.
    ///
    /// A handler must not block its thread; the future that it returns is dropped when the caller
    /// goes away or its time is over. See [`HandlerFn`].
    pub fn attach<S: Service>(mut self, handler: impl HandlerFn<S::Request, S::Reply>) -> Self {
        if let Err(mistake) = self.services.attach::<S>(handler) {
            self.mistake.get_or_insert(mistake);
        }
        self
    }

    /// Serves what is known only now by `handler`: a service without types, in JSON.
    ///
    /// What is said of handlers at [`attach`](Self::attach) holds. Content in another codec than
    /// JSON is refused (415, `unsupported_codec`).
    pub fn attach_json(
        mut self,
        service: JsonService,
        handler: impl HandlerFn<Value, Value>,
    ) -> Self {
        if let Err(mistake) = self.services.attach_json(service, handler) {
            self.mistake.get_or_insert(mistake);
        }
        self
    }

    /// Serves `S` by `handler`, a plain function that may block: it runs on a thread of its own, as
    /// far as [`WorkLimits::at_once`](crate::WorkLimits::at_once) allows.
    pub fn attach_blocking<S: Service>(
        mut self,
        handler: impl BlockingHandlerFn<S::Request, S::Reply>,
    ) -> Self {
        if let Err(mistake) = self.services.attach_blocking::<S>(handler) {
            self.mistake.get_or_insert(mistake);
        }
        self
    }

    /// Serves `S` by `handler`, which sends item by item: see [`StreamFn`].
    ///
    /// What is said of handlers at [`attach`](Self::attach) holds.
    pub fn attach_stream<S: StreamService>(
        mut self,
        handler: impl StreamFn<S::Request, S::Item>,
    ) -> Self {
        if let Err(mistake) = self.services.attach_stream::<S>(handler) {
            self.mistake.get_or_insert(mistake);
        }
        self
    }

    /// Serves `S` by `handler` to everybody: see [`access`](Self::access).
    pub fn attach_open<S: Service>(self, handler: impl HandlerFn<S::Request, S::Reply>) -> Self {
        self.attach::<S>(handler).access(S::NAME, Access::Open)
    }

    /// Says who may call the service `name`, which was attached before. Callers who sign, unless
    /// told otherwise.
    ///
    /// An open service serves unsigned calls in JSON too, after all that are signed, and as often
    /// from one network address as [`Policy::with_open_rate`] says.
    pub fn access(mut self, name: &str, access: Access) -> Self {
        if let Err(mistake) = self.services.set_access(name, access) {
            self.mistake.get_or_insert(mistake);
        }
        self
    }

    /// Asks `hook` about each call once it is verified. [`HandlerError::rejected`] refuses it (403,
    /// `caller_refused`), and the caller reads the text; any other error is an opaque 500.
    ///
    /// Every hook that was added is asked, in order: all of this kind, then those of
    /// [`verify`](Self::verify). Sessions are opened without them, and calls in sessions are not
    /// served without them.
    ///
    /// [`HandlerError::rejected`]: crate::HandlerError::rejected
    pub fn blacklist(mut self, hook: impl HookFn<()>) -> Self {
        self.hooks.add_blacklist(hook);
        self
    }

    /// Asks `hook` about what each verified call says. [`HandlerError::rejected`] refuses it (422,
    /// `call_rejected`), and the caller reads the text; any other error is an opaque 500.
    ///
    /// [`HandlerError::rejected`]: crate::HandlerError::rejected
    pub fn verify(mut self, hook: impl HookFn<()>) -> Self {
        self.hooks.add_verify(hook);
        self
    }

    /// Asks `hook` how urgent a call is, in points from 0 to 30, of which each makes it go before
    /// calls that came a second earlier. Whoever waits gains on those who come later, so nobody
    /// waits for ever.
    ///
    /// By default the stake of the caller counts: one point for each tenfold.
    pub fn priority(mut self, hook: impl HookFn<f64>) -> Self {
        self.hooks.set_priority(hook);
        self
    }

    /// Counts how often callers call in `rates`, which other processes may share. In this process
    /// by default.
    pub fn rates(mut self, rates: Arc<dyn Rates>) -> Self {
        self.rates = rates;
        self
    }

    /// Takes the policy from a file in TOML, at the start and whenever the file changes; see
    /// [`PolicyFile`]. A change that is no policy is logged, and the policy stays as it was. What was
    /// said by [`policy`](Self::policy) counts for nothing then.
    pub fn policy_file(mut self, file: impl Into<PolicyFile>) -> Self {
        self.policy_file = Some(file.into());
        self
    }

    /// Puts a [`tower::Layer`] around everything that answers requests, checks included. Layers
    /// that are added later see a request earlier.
    ///
    /// A layer that changes what callers signed, or a reply after it was signed, makes it invalid.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<MinerService> + Send + 'static,
        L::Service: tower::Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as tower::Service<Request<Incoming>>>::Future: Send + 'static,
    {
        self.layers.push(layer);
        self
    }

    /// Whom to serve. Active validators of the subnet by default.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Bounds on connections, sizes and times.
    pub fn limits(mut self, limits: ServerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How many served requests to remember, so that none is served twice.
    pub fn replay_limits(mut self, limits: ReplayLimits) -> Self {
        self.replay_limits = limits;
        self
    }

    /// Remembers served requests in `store`, which other processes share or which outlives this
    /// one, and not in this process.
    pub fn replay_store(mut self, store: Arc<dyn ReplayStore>) -> Self {
        self.replay_store = Some(store);
        self
    }

    /// How many sessions to keep, and for how long. Sessions are offered unless told otherwise.
    pub const fn sessions(mut self, limits: SessionLimits) -> Self {
        self.sessions = Some(limits);
        self
    }

    /// Offers no sessions: each request is signed by a wallet.
    pub const fn without_sessions(mut self) -> Self {
        self.sessions = None;
        self
    }

    /// Serves callers too who sign by the revision of ERC-8128 before the newest, which published
    /// libraries speak.
    pub const fn earlier_erc8128(mut self) -> Self {
        self.accepts_earlier_revision = true;
        self
    }

    /// Serves contract accounts too, about which `contracts` asks the chain.
    pub fn contract_signer(mut self, contracts: Arc<dyn ContractSigner>) -> Self {
        self.contracts = Some(contracts);
        self
    }

    /// The clock by which signatures are judged. That of the operating system by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where callers reach the miner: a host, optionally with `http://` or `https://` before it,
    /// and a port. It is written on chain, and callers sign it.
    ///
    /// By default the address that is listened on, if callers can reach it.
    pub fn advertise(mut self, host: impl Into<String>, port: u16) -> Self {
        self.advertised = Some(RawEndpoint::new(host, port));
        self
    }

    /// Where the metrics are reached, if that is to be written on chain beside the endpoint. It is
    /// not by default.
    pub fn advertise_metrics(mut self, host: impl Into<String>, port: u16) -> Self {
        self.advertised_metrics = Some(RawEndpoint::new(host, port));
        self
    }

    /// Says that requests come through a proxy that replaces their field `Host`. Every request is
    /// then taken to be addressed to the advertised endpoint.
    pub const fn behind_proxy(mut self) -> Self {
        self.is_behind_proxy = true;
        self
    }

    /// The stake to register with, if the miner is not registered yet. The least that the subnet
    /// asks of a miner by default.
    pub const fn stake(mut self, stake: Amount) -> Self {
        self.stake = Some(stake);
        self
    }

    /// A picture of the subnet that is there already, instead of one more.
    pub fn metastruct(mut self, metastruct: Metastruct) -> Self {
        self.metastruct = Some(metastruct);
        self
    }

    /// Starts the miner, serves until the process is told to stop (interrupt or termination
    /// signal), and lets the requests under way finish.
    ///
    /// # Errors
    /// [`XylemError`], as for [`start`](Self::start).
    pub async fn serve(self) -> Result<(), XylemError> {
        let running = self.start().await?;
        let outcome = stop_signal().await;
        running.stop().await;
        outcome
    }

    /// Listens, registers the miner on chain or updates its endpoint, follows the subnet, and
    /// serves in the background.
    ///
    /// It takes up to a second more than the chain does: see [`ReplayGuard::opens_in`].
    ///
    /// # Errors
    /// [`XylemError`] says what is wrong. The chain is not changed unless everything that can be
    /// checked before is right.
    pub async fn start(self) -> Result<RunningXylem, XylemError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let netuid = self.netuid.ok_or(XylemError::NoNetuid)?;
        if self.services.is_empty() {
            return Err(XylemError::NoService);
        }
        let policy = match &self.policy_file {
            Some(file) => file.read().await?,
            None => self.policy,
        };
        let (listener, local_address) = match self.listener {
            Some(listener) => {
                let address = addressed(&listener, &self.bind)?;
                (listener, address)
            }
            None => listen(&self.bind).await?,
        };
        let metrics_port = match &self.metrics_bind {
            Some(address) => {
                let (listener, local_address) = listen(address).await?;
                Some(MetricsPort { listener, local_address })
            }
            None => None,
        };

        let (signer, chain) = self.home.identity()?;
        let allows_private = self.home.allows_private_addresses();
        let advertised = match self.advertised {
            Some(raw) => Some(raw),
            None => reachable(local_address, allows_private),
        };
        let endpoint =
            advertised.as_ref().map(|raw| Endpoint::parse(raw, allows_private)).transpose()?;
        let mut verifier =
            RequestVerifier::new(chain, netuid, signer.address()).with_clock(self.clock.clone());
        if let Some(limits) = self.sessions {
            verifier = verifier.with_sessions(Arc::new(Sessions::new(limits, self.clock.clone())));
        }
        if self.accepts_earlier_revision {
            verifier = verifier.with_earlier_revision();
        }
        if let Some(contracts) = self.contracts {
            verifier = verifier.with_contract_signer(contracts);
        }
        if let Some(endpoint) = &endpoint {
            verifier = addressed_to(verifier, endpoint, self.is_behind_proxy)?;
        }
        // Made before the chain is asked, so that its first second passes meanwhile.
        let guard = match self.replay_store {
            None => ReplayGuard::new(verifier.window(), self.replay_limits, self.clock.clone()),
            Some(store) => ReplayGuard::with_store(verifier.window(), store, self.clock.clone()),
        }?;

        let (roster, picture): (Arc<dyn Roster>, _) = match self.home {
            Home::Detached { roster, .. } => (roster, None),
            Home::Chain(hetu) => {
                let endpoint = advertised.ok_or(XylemError::NoPublicEndpoint)?;
                let subnet = match self.metastruct {
                    Some(subnet) => subnet,
                    None => Metastruct::builder(hetu.clone(), netuid).start().await?,
                };
                let least_stake = subnet.view().hyperparameters.dendron_threshold;
                let stake = self.stake.unwrap_or(least_stake);
                let mut registration = Registration::miner(netuid, stake, endpoint);
                registration.metrics_endpoint = self.advertised_metrics.unwrap_or_default();
                let membership = hetu.dendrons().ensure(&registration).await?;
                tracing::info!(%netuid, ?membership, "the miner is registered");
                (Arc::new(subnet.clone()), Some(subnet))
            }
        };
        let mut registry = Metrics::registry();
        let connections = ConnectionMetrics::registered_in(&mut registry);
        let queue = WorkQueue::new(QueueMetrics::registered_in(&mut registry));
        let calls = CallMetrics::registered_in(&mut registry, self.services.names());
        let reloads = PolicyMetrics::registered_in(&mut registry);
        let metrics = Metrics::new(registry, picture);
        let observation = Observation { metrics, connections, port: metrics_port };
        let address = signer.address();
        let documents = Documents::new(&verifier, &self.services, &self.limits);
        tokio::time::sleep(guard.opens_in()).await;
        let current_policy = Arc::new(CurrentPolicy::new(policy.clone(), queue.clone()));
        let policy_watch = self
            .policy_file
            .map(|file| PolicyWatch::spawn(file, policy, Arc::clone(&current_policy), reloads));
        let miner = Miner {
            services: self.services,
            documents,
            verifier,
            guard,
            replies: ReplySigner::new(signer, chain).with_clock(self.clock),
            policy: current_policy,
            policy_watch,
            rates: self.rates,
            hooks: self.hooks,
            queue,
            metrics: calls,
            roster,
            limits: self.limits,
            is_stopping: AtomicBool::new(false),
        };
        tracing::info!(%address, %netuid, %local_address, "the miner serves");
        Ok(RunningXylem::spawn(listener, local_address, miner, self.layers, observation))
    }
}

impl Home {
    fn identity(&self) -> Result<(Arc<dyn Signer>, ChainId), XylemError> {
        Ok(match self {
            Self::Chain(hetu) => (Arc::clone(hetu.signer()?), hetu.network().chain_id),
            Self::Detached { signer, chain, .. } => (Arc::clone(signer), *chain),
        })
    }

    fn allows_private_addresses(&self) -> bool {
        match self {
            Self::Chain(hetu) => hetu.network().allows_private_addresses,
            Self::Detached { .. } => true,
        }
    }
}

async fn listen(address: &str) -> Result<(TcpListener, SocketAddr), XylemError> {
    let failed = |source| XylemError::Bind { address: address.to_owned(), source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local_address = addressed(&listener, address)?;
    Ok((listener, local_address))
}

/// The address of a listener that was asked to listen on `asked`.
fn addressed(listener: &TcpListener, asked: &str) -> Result<SocketAddr, XylemError> {
    listener.local_addr().map_err(|source| XylemError::Bind { address: asked.to_owned(), source })
}

/// Where callers reach a miner that listens on `local`, if that can be told.
fn reachable(local: SocketAddr, allows_private: bool) -> Option<RawEndpoint> {
    let host = match local.ip() {
        // Every address of this machine, of which callers on it know one for certain.
        address if address.is_unspecified() => {
            allows_private.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST))?
        }
        address => address,
    };
    let raw = RawEndpoint::new(host.to_string(), local.port());
    Endpoint::parse(&raw, allows_private).is_ok().then_some(raw)
}

fn addressed_to(
    verifier: RequestVerifier,
    endpoint: &Endpoint,
    is_behind_proxy: bool,
) -> Result<RequestVerifier, XylemError> {
    let scheme = if endpoint.scheme() == "https" { Scheme::Https } else { Scheme::Http };
    let authority = Authority::parse(endpoint.authority(), scheme).map_err(|error| {
        XylemError::Endpoint(EndpointRefusal::Malformed { reason: error.to_string() })
    })?;
    let verifier = verifier.with_scheme(scheme);
    Ok(if is_behind_proxy {
        verifier.with_fixed_authority(authority)
    } else {
        verifier.with_authority(authority)
    })
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

impl fmt::Debug for XylemBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("XylemBuilder")
            .field("netuid", &self.netuid)
            .field("bind", &self.bind)
            .field("services", &self.services)
            .field("policy", &self.policy)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
