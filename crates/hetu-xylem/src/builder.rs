//! Putting a miner together.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_cambium::{
    Access, JsonService, ReplayLimits, ReplayStore, Service, SessionLimits, SessionStore,
    StreamService,
};
use hetu_chain::identity::ContractSignatureVerifier;
use hetu_chain::model::RawEndpoint;
use hetu_chain::{Amount, ChainId, Clock, Hetutensor, NetUid, Signer, SystemClock};
use hetu_metastruct::Metastruct;
use http::{Request, Response};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::Layer;

use crate::hooks::Hooks;
use crate::registration::{Home, reachable};
use crate::serving::{Layers, MinerService, ServiceTable, StoreAnswers};
use crate::{
    BlockingHandlerFn, HandlerFn, HookFn, Policy, PolicyFile, RateLimiter, ReplyBody, RoleSource,
    ServerLimits, StreamFn, TlsSettings, XylemError,
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
    pub fn detached(
        signer: Arc<dyn Signer>,
        chain: ChainId,
        roster: impl RoleSource,
    ) -> XylemBuilder {
        XylemBuilder::new(Home::Detached { signer, chain, roster: Arc::new(roster) })
    }

    /// Where callers reach a miner that listens on `local`, if that can be told: what a miner
    /// advertises that was not told more. `allows_private_addresses` is the network's, and
    /// `is_secure` says whether it is called over TLS.
    pub fn reachable_at(
        local: SocketAddr,
        allows_private_addresses: bool,
        is_secure: bool,
    ) -> Option<RawEndpoint> {
        reachable(local, allows_private_addresses, is_secure)
    }
}

/// How a miner is to serve.
#[must_use]
pub struct XylemBuilder {
    pub(crate) home: Home,
    pub(crate) netuid: Option<NetUid>,
    pub(crate) bind: String,
    pub(crate) listener: Option<TcpListener>,
    pub(crate) metrics_bind: Option<String>,
    pub(crate) tls: Option<TlsSettings>,
    pub(crate) services: ServiceTable,
    pub(crate) layers: Layers,
    pub(crate) policy: Policy,
    pub(crate) policy_file: Option<PolicyFile>,
    pub(crate) rates: Option<Arc<dyn RateLimiter>>,
    pub(crate) hooks: Hooks,
    pub(crate) limits: ServerLimits,
    pub(crate) replay_limits: ReplayLimits,
    pub(crate) replay_store: Option<Arc<dyn ReplayStore>>,
    pub(crate) sessions: Option<SessionLimits>,
    pub(crate) session_store: Option<Arc<dyn SessionStore>>,
    #[cfg(feature = "redis")]
    pub(crate) redis: Option<crate::RedisOptions>,
    /// Whether the store that replicas share answers, if there is one.
    pub(crate) store_answers: Option<StoreAnswers>,
    pub(crate) accepts_earlier_revision: bool,
    pub(crate) contracts: Option<Arc<dyn ContractSignatureVerifier>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) advertised: Option<RawEndpoint>,
    pub(crate) advertised_metrics: Option<RawEndpoint>,
    pub(crate) is_behind_proxy: bool,
    pub(crate) stake: Option<Amount>,
    pub(crate) cost_limit: Option<Amount>,
    pub(crate) home_folder: Option<PathBuf>,
    pub(crate) metastruct: Option<Metastruct>,
    /// The first thing that went wrong while building; told when the miner is to start.
    pub(crate) mistake: Option<XylemError>,
}

impl XylemBuilder {
    fn new(home: Home) -> Self {
        Self {
            home,
            netuid: None,
            bind: "0.0.0.0:8091".to_owned(),
            listener: None,
            metrics_bind: None,
            tls: None,
            services: ServiceTable::default(),
            layers: Layers::default(),
            policy: Policy::default(),
            policy_file: None,
            rates: None,
            hooks: Hooks::default(),
            limits: ServerLimits::default(),
            replay_limits: ReplayLimits::default(),
            replay_store: None,
            sessions: Some(SessionLimits::default()),
            session_store: None,
            #[cfg(feature = "redis")]
            redis: None,
            store_answers: None,
            accepts_earlier_revision: false,
            contracts: None,
            clock: Arc::new(SystemClock),
            advertised: None,
            advertised_metrics: None,
            is_behind_proxy: false,
            stake: None,
            cost_limit: None,
            home_folder: None,
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

    /// Is called over TLS. The advertised endpoint is then an `https` one.
    pub fn tls(mut self, settings: TlsSettings) -> Self {
        self.tls = Some(settings);
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
    pub fn rates(mut self, rates: Arc<dyn RateLimiter>) -> Self {
        self.rates = Some(rates);
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

    /// Keeps sessions in `store`, which other processes share.
    pub fn session_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.session_store = Some(store);
        self
    }

    /// Shares used signatures, sessions and rates with the other replicas of this miner through a
    /// Redis or Valkey, in the place of stores that were set before.
    ///
    /// The miner does not start without it. Once it serves, it refuses with 503 what Redis does not
    /// answer, is not ready meanwhile, and goes on by itself when Redis is back.
    #[cfg(feature = "redis")]
    pub fn redis(mut self, options: crate::RedisOptions) -> Self {
        self.redis = Some(options);
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
    pub fn contract_signature_verifier(
        mut self,
        contracts: Arc<dyn ContractSignatureVerifier>,
    ) -> Self {
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

    /// The most that the registration may cost, apart from the stake, if the miner is not
    /// registered yet. Whatever it costs at the time by default; the log tells it before.
    pub const fn max_registration_cost(mut self, cost: Amount) -> Self {
        self.cost_limit = Some(cost);
        self
    }

    /// Sets the folder that keeps the fees of the last day, for the daily ceiling of what the miner
    /// pays for its registration and its endpoint. [`hetu_home`](hetu_chain::network::hetu_home) by default;
    /// without effect if the connection has a ledger of its fees already.
    pub fn home(mut self, folder: impl Into<PathBuf>) -> Self {
        self.home_folder = Some(folder.into());
        self
    }

    /// A picture of the subnet that is there already, instead of one more.
    pub fn metastruct(mut self, metastruct: Metastruct) -> Self {
        self.metastruct = Some(metastruct);
        self
    }
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
