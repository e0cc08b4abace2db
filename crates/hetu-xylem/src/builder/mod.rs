//! The builder of a miner, and its start.

mod assembly;
mod endpoint;
mod listening;
mod membership;
mod network;
mod policy_source;
mod services;
mod signal;
mod start;
#[cfg(feature = "redis")]
mod stores;
mod verification;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_cambium::{ReplayLimits, ReplayStore, SessionLimits, SessionStore};
use hetu_chain::identity::ContractSignatureVerifier;
use hetu_chain::model::RawEndpoint;
use hetu_chain::{Amount, ChainId, Clock, Hetutensor, NetUid, Signer, SystemClock};
use hetu_metastruct::Metastruct;
use tokio::net::TcpListener;

use self::assembly::ServingOptions;
use self::endpoint::{EndpointConditions, reachable};
use self::listening::ListeningOptions;
use self::membership::MembershipOptions;
use self::network::MinerNetwork;
use self::policy_source::PolicySource;
use self::verification::VerificationOptions;
use crate::error::XylemError;
use crate::limits::ServerLimits;
use crate::policy::{Policy, PolicyFile};
use crate::rates::RateLimiter;
use crate::roles::RoleSource;
use crate::tls::TlsSettings;

/// The server of a miner. Made by [`Xylem::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Xylem;

impl Xylem {
    /// A miner in the subnet `netuid` on the network of `hetu`, in the name of its wallet.
    pub fn builder(hetu: Hetutensor, netuid: impl Into<NetUid>) -> XylemBuilder {
        XylemBuilder::new(MinerNetwork::Chain(hetu), netuid.into())
    }

    /// A miner that does not touch a chain: it serves in the name of `signer`, tells callers apart
    /// by `roles`, and is not registered.
    pub fn detached(
        signer: Arc<dyn Signer>,
        chain: ChainId,
        netuid: impl Into<NetUid>,
        roles: impl RoleSource,
    ) -> XylemBuilder {
        let roles = Arc::new(roles);
        XylemBuilder::new(MinerNetwork::Detached { signer, chain, roles }, netuid.into())
    }

    /// The endpoint that a miner advertises by default if it listens on `local`, or `None` if
    /// callers cannot reach that address. `allows_private_addresses` is the network's, and
    /// `is_secure` is `true` for a miner that is called over TLS.
    pub fn reachable_at(
        local: SocketAddr,
        allows_private_addresses: bool,
        is_secure: bool,
    ) -> Option<RawEndpoint> {
        reachable(local, EndpointConditions { allows_private_addresses, is_secure })
    }
}

/// The options of a miner.
#[must_use]
pub struct XylemBuilder {
    network: MinerNetwork,
    netuid: NetUid,
    serving: ServingOptions,
    policy: PolicySource,
    limits: ServerLimits,
    listening: ListeningOptions,
    membership: MembershipOptions,
    verification: VerificationOptions,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "redis")]
    redis: Option<crate::redis::RedisOptions>,
    /// The first error of a setter, returned when the miner is to start.
    first_error: Option<XylemError>,
}

impl XylemBuilder {
    fn new(network: MinerNetwork, netuid: NetUid) -> Self {
        Self {
            network,
            netuid,
            serving: ServingOptions::default(),
            policy: PolicySource::default(),
            limits: ServerLimits::default(),
            listening: ListeningOptions::default(),
            membership: MembershipOptions::default(),
            verification: VerificationOptions::default(),
            clock: Arc::new(SystemClock),
            #[cfg(feature = "redis")]
            redis: None,
            first_error: None,
        }
    }

    /// The address and port to listen on. `0.0.0.0:8091` by default; port 0 is any free one.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.listening.bind = address.into();
        self
    }

    /// Takes connections from a socket that listens already, in place of an address to listen on.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listening.listener = Some(listener);
        self
    }

    /// Is called over TLS. The advertised endpoint is then an `https` one.
    pub fn tls(mut self, settings: TlsSettings) -> Self {
        self.listening.tls = Some(settings);
        self
    }

    /// Shows metrics, as OpenMetrics under `/metrics`, on an address and port of their own. They
    /// are not shown by default.
    ///
    /// Whoever reaches the port reads them: listen where only those do who are to.
    pub fn metrics(mut self, address: impl Into<String>) -> Self {
        self.listening.metrics_bind = Some(address.into());
        self
    }

    /// Counts how often callers call in `rates`, which other processes may share. In this process
    /// by default.
    pub fn rates(mut self, rates: Arc<dyn RateLimiter>) -> Self {
        self.serving.rates = Some(rates);
        self
    }

    /// Takes the policy from a file in TOML, at the start and whenever the file changes; see
    /// [`PolicyFile`]. A change that is no policy is logged, and the policy stays as it was. What was
    /// said by [`policy`](Self::policy) counts for nothing then.
    pub fn policy_file(mut self, file: impl Into<PolicyFile>) -> Self {
        self.policy.file = Some(file.into());
        self
    }

    /// Whom to serve. Active validators of the subnet by default.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy.given = policy;
        self
    }

    /// Bounds on connections, sizes and times.
    pub fn limits(mut self, limits: ServerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How many served requests to remember, so that none is served twice.
    pub fn replay_limits(mut self, limits: ReplayLimits) -> Self {
        self.verification.replay_limits = limits;
        self
    }

    /// Remembers served requests in `store`, which other processes share or which outlives this
    /// one, and not in this process.
    pub fn replay_store(mut self, store: Arc<dyn ReplayStore>) -> Self {
        self.verification.replay_store = Some(store);
        self
    }

    /// How many sessions to keep, and for how long. Sessions are offered unless told otherwise.
    pub const fn sessions(mut self, limits: SessionLimits) -> Self {
        self.verification.sessions = Some(limits);
        self
    }

    /// Keeps sessions in `store`, which other processes share.
    pub fn session_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.verification.session_store = Some(store);
        self
    }

    /// Shares used signatures, sessions and rates with the other replicas of this miner through a
    /// Redis or Valkey, in the place of stores that were set before.
    ///
    /// The miner does not start without it. Once it serves, it refuses with 503 what Redis does not
    /// answer, is not ready meanwhile, and goes on by itself when Redis is back.
    #[cfg(feature = "redis")]
    pub fn redis(mut self, options: crate::redis::RedisOptions) -> Self {
        self.redis = Some(options);
        self
    }

    /// Offers no sessions: each request is signed by a wallet.
    pub const fn without_sessions(mut self) -> Self {
        self.verification.sessions = None;
        self
    }

    /// Serves callers too who sign by the revision of ERC-8128 before the newest, which published
    /// libraries speak.
    pub const fn earlier_erc8128(mut self) -> Self {
        self.verification.accepts_earlier_revision = true;
        self
    }

    /// Serves contract accounts too, about which `contracts` asks the chain.
    pub fn contract_signature_verifier(
        mut self,
        contracts: Arc<dyn ContractSignatureVerifier>,
    ) -> Self {
        self.verification.contracts = Some(contracts);
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
        self.membership.advertised = Some(RawEndpoint::new(host, port));
        self
    }

    /// Where the metrics are reached, if that is to be written on chain beside the endpoint. It is
    /// not by default.
    pub fn advertise_metrics(mut self, host: impl Into<String>, port: u16) -> Self {
        self.membership.advertised_metrics = Some(RawEndpoint::new(host, port));
        self
    }

    /// Says that requests come through a proxy that replaces their field `Host`. Every request is
    /// then taken to be addressed to the advertised endpoint.
    pub const fn behind_proxy(mut self) -> Self {
        self.listening.is_behind_proxy = true;
        self
    }

    /// The stake to register with, if the miner is not registered yet. The least that the subnet
    /// asks of a miner by default.
    pub const fn stake(mut self, stake: Amount) -> Self {
        self.membership.stake = Some(stake);
        self
    }

    /// The most that the registration may cost, apart from the stake, if the miner is not
    /// registered yet. Whatever it costs at the time by default; the log tells it before.
    pub const fn max_registration_cost(mut self, cost: Amount) -> Self {
        self.membership.cost_limit = Some(cost);
        self
    }

    /// Sets the folder that keeps the fees of the last day, for the daily ceiling of what the miner
    /// pays for its registration and its endpoint. [`hetu_home`](hetu_chain::network::hetu_home) by default;
    /// without effect if the connection has a ledger of its fees already.
    pub fn home(mut self, folder: impl Into<PathBuf>) -> Self {
        self.membership.home_folder = Some(folder.into());
        self
    }

    /// A picture of the subnet that is there already, instead of one more.
    pub fn metastruct(mut self, metastruct: Metastruct) -> Self {
        self.membership.metastruct = Some(metastruct);
        self
    }
}

impl fmt::Debug for XylemBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("XylemBuilder")
            .field("netuid", &self.netuid)
            .field("bind", &self.listening.bind)
            .field("services", &self.serving.services)
            .field("policy", &self.policy)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
