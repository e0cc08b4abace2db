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

/// The server of a miner. Created by [`Xylem::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Xylem;

impl Xylem {
    /// Returns the builder of a miner in the subnet `netuid` on the network of `hetu`. The miner
    /// serves as the account of the wallet of `hetu`.
    pub fn builder(hetu: Hetutensor, netuid: impl Into<NetUid>) -> XylemBuilder {
        XylemBuilder::new(MinerNetwork::Chain(hetu), netuid.into())
    }

    /// Returns the builder of a miner that uses no chain. It serves as `signer`, reads the roles of
    /// callers from `roles`, and is not registered.
    pub fn detached(
        signer: Arc<dyn Signer>,
        chain: ChainId,
        netuid: impl Into<NetUid>,
        roles: impl RoleSource,
    ) -> XylemBuilder {
        let roles = Arc::new(roles);
        XylemBuilder::new(MinerNetwork::Detached { signer, chain, roles }, netuid.into())
    }

    /// Returns the endpoint that a miner advertises by default if it listens on `local`, or `None`
    /// if callers cannot reach that address. `allows_private_addresses` is the setting of the
    /// network. `is_secure` is `true` for a miner that callers reach over TLS.
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
    /// The first error of a setter, returned at the start of the miner.
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

    /// Sets the address and port to listen on. Port 0 selects any free port. Default:
    /// `0.0.0.0:8091`.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.listening.bind = address.into();
        self
    }

    /// Accepts connections from a socket that already listens, instead of listening on an address.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.listening.listener = Some(listener);
        self
    }

    /// Serves over TLS. The advertised endpoint is then an `https` one.
    pub fn tls(mut self, settings: TlsSettings) -> Self {
        self.listening.tls = Some(settings);
        self
    }

    /// Serves metrics as OpenMetrics under `/metrics`, on a separate address and port. By default,
    /// metrics are not served.
    ///
    /// The port is unauthenticated; do not expose it publicly.
    pub fn metrics(mut self, address: impl Into<String>) -> Self {
        self.listening.metrics_bind = Some(address.into());
        self
    }

    /// Counts the calls of each caller in `rates`, which other processes may share. By default, the
    /// miner counts in this process.
    pub fn rates(mut self, rates: Arc<dyn RateLimiter>) -> Self {
        self.serving.rates = Some(rates);
        self
    }

    /// Reads the policy from a TOML file, at the start and after each change of the file; see
    /// [`PolicyFile`]. An invalid change is logged, and the previous policy stays in effect. The
    /// file overrides the policy set by [`policy`](Self::policy).
    pub fn policy_file(mut self, file: impl Into<PolicyFile>) -> Self {
        self.policy.file = Some(file.into());
        self
    }

    /// Sets the policy, which selects the callers to serve. By default, the miner serves active
    /// validators of the subnet.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy.given = policy;
        self
    }

    /// Sets the bounds on connections, sizes and times.
    pub fn limits(mut self, limits: ServerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how many served requests the miner remembers to reject replays.
    pub fn replay_limits(mut self, limits: ReplayLimits) -> Self {
        self.verification.replay_limits = limits;
        self
    }

    /// Remembers served requests in `store` instead of in this process. Other processes may share
    /// `store`, and it may outlive this process.
    pub fn replay_store(mut self, store: Arc<dyn ReplayStore>) -> Self {
        self.verification.replay_store = Some(store);
        self
    }

    /// Sets how many sessions the miner keeps, and for how long. Sessions are offered by default.
    pub const fn sessions(mut self, limits: SessionLimits) -> Self {
        self.verification.sessions = Some(limits);
        self
    }

    /// Keeps sessions in `store`, which other processes may share.
    pub fn session_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.verification.session_store = Some(store);
        self
    }

    /// Shares used signatures, sessions and rates with the other replicas of this miner through
    /// Redis or Valkey. This replaces stores that were set before.
    ///
    /// The miner does not start while Redis is unavailable. If Redis becomes unavailable later, the
    /// miner answers the affected requests with 503 and reports that it is not ready. It recovers
    /// without a restart when Redis is available again.
    #[cfg(feature = "redis")]
    pub fn redis(mut self, options: crate::redis::RedisOptions) -> Self {
        self.redis = Some(options);
        self
    }

    /// Disables sessions: a wallet signs each request.
    pub const fn without_sessions(mut self) -> Self {
        self.verification.sessions = None;
        self
    }

    /// Also accepts requests signed with the previous revision of ERC-8128, which published
    /// libraries use.
    pub const fn earlier_erc8128(mut self) -> Self {
        self.verification.accepts_earlier_revision = true;
        self
    }

    /// Also accepts requests of contract accounts. `contracts` verifies their signatures on chain.
    pub fn contract_signature_verifier(
        mut self,
        contracts: Arc<dyn ContractSignatureVerifier>,
    ) -> Self {
        self.verification.contracts = Some(contracts);
        self
    }

    /// Sets the clock used to check signatures. Default: the clock of the operating system.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the endpoint under which callers reach the miner: a host with an optional `http://` or
    /// `https://` prefix, and a port. The endpoint is written on chain, and callers sign it.
    ///
    /// By default, the miner advertises the address it listens on, if callers can reach it.
    pub fn advertise(mut self, host: impl Into<String>, port: u16) -> Self {
        self.membership.advertised = Some(RawEndpoint::new(host, port));
        self
    }

    /// Sets the address of the metrics to write on chain beside the endpoint. By default, it is not
    /// written.
    pub fn advertise_metrics(mut self, host: impl Into<String>, port: u16) -> Self {
        self.membership.advertised_metrics = Some(RawEndpoint::new(host, port));
        self
    }

    /// Declares that requests arrive through a proxy that replaces the `Host` header. Every request
    /// then counts as addressed to the advertised endpoint.
    pub const fn behind_proxy(mut self) -> Self {
        self.listening.is_behind_proxy = true;
        self
    }

    /// Sets the stake of the registration, if the miner is not registered yet. Default: the minimum
    /// stake that the subnet requires of a miner.
    pub const fn stake(mut self, stake: Amount) -> Self {
        self.membership.stake = Some(stake);
        self
    }

    /// Sets the maximum cost of the registration, apart from the stake, if the miner is not
    /// registered yet. By default, the cost has no limit; the miner logs the cost before it pays.
    pub const fn max_registration_cost(mut self, cost: Amount) -> Self {
        self.membership.cost_limit = Some(cost);
        self
    }

    /// Sets the folder with the record of the fees of the last day. The record enforces the daily
    /// ceiling of the fees for the registration and the endpoint. Has no effect if the connection
    /// already has a fee ledger. Default: [`hetu_home`](hetu_chain::network::hetu_home).
    pub fn home(mut self, folder: impl Into<PathBuf>) -> Self {
        self.membership.home_folder = Some(folder.into());
        self
    }

    /// Uses an existing subnet view instead of creating another one.
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
