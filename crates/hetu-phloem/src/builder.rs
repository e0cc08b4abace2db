//! The builder of a client.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Codec, RequestSigner, StreamLimits};
use hetu_chain::{ChainError, Clock, Hetutensor, NetUid, Retryability, Retryable, SystemClock};
use hetu_metastruct::{Metastruct, SyncError};
use tokio::sync::Semaphore;

use crate::connector::Dialer;
use crate::endpoint::{EndpointTable, ProofAges, Prover};
use crate::exchange::{ExchangeSettings, Exchanger};
use crate::until::LONGEST;
use crate::{ConnectionLimits, Phloem, ProofPolicy, Router, Strategy};

const DEFAULT_DEADLINE: Duration = Duration::from_secs(12);
const DEFAULT_STREAM_DEADLINE: Duration = Duration::from_secs(60);
const DEFAULT_REPLY_LIMIT: usize = 8 * 1024 * 1024;
const DEFAULT_PROOF_INTERVAL: Duration = Duration::from_secs(600);

/// Time limit of a proof, for any number of callers that wait for it.
const PROOF_LIMIT: Duration = Duration::from_secs(10);

/// Sessions that are opened at once. Each opening costs as much as a call signed by the wallet, and
/// must not delay the calls.
const OPENINGS: usize = 16;

/// The number of miners with kept connections, proofs and sessions.
const KNOWN_MINERS: usize = 4_096;
const DEFAULT_PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// The bounds on the interval between probes of a miner.
const SHORTEST_PROBE_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_PROBE_INTERVAL: Duration = Duration::from_secs(86_400);

/// A builder of a validator's client, made by [`Phloem::builder`].
#[derive(Clone, Debug)]
pub struct PhloemBuilder {
    hetu: Hetutensor,
    netuid: NetUid,
    metastruct: Option<Metastruct>,
    deadline: Duration,
    reply_limit: usize,
    codec: Codec,
    keeps_receipts: bool,
    uses_sessions: bool,
    proof_policy: ProofPolicy,
    proof_interval: Duration,
    connection_limits: ConnectionLimits,
    speaks_http2_in_clear: bool,
    stream_deadline: Duration,
    stream_limits: StreamLimits,
    clock: Arc<dyn Clock>,
    strategy: Option<Arc<dyn Strategy>>,
    probe_interval: Option<Duration>,
}

impl Phloem {
    /// Returns the builder of a client over the connection `hetu`, which needs a wallet, for the
    /// miners of the subnet `netuid`.
    pub fn builder(hetu: Hetutensor, netuid: impl Into<NetUid>) -> PhloemBuilder {
        PhloemBuilder::new(hetu, netuid.into())
    }
}

impl PhloemBuilder {
    fn new(hetu: Hetutensor, netuid: NetUid) -> Self {
        Self {
            hetu,
            netuid,
            metastruct: None,
            deadline: DEFAULT_DEADLINE,
            reply_limit: DEFAULT_REPLY_LIMIT,
            codec: Codec::default(),
            keeps_receipts: false,
            uses_sessions: true,
            proof_policy: ProofPolicy::default(),
            proof_interval: DEFAULT_PROOF_INTERVAL,
            connection_limits: ConnectionLimits::default(),
            speaks_http2_in_clear: false,
            stream_deadline: DEFAULT_STREAM_DEADLINE,
            stream_limits: StreamLimits::default(),
            clock: Arc::new(SystemClock),
            strategy: None,
            probe_interval: Some(DEFAULT_PROBE_INTERVAL),
        }
    }

    /// Uses an existing metastruct instead of creating another one.
    #[must_use]
    pub fn metastruct(mut self, metastruct: Metastruct) -> Self {
        self.metastruct = Some(metastruct);
        self
    }

    /// Sets the time limit of one query, signing and verification included. It is one day at most,
    /// and 12 s by default. The miner receives the deadline and stops work when it expires.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = shorter(deadline, LONGEST);
        self
    }

    /// Sets the maximum length of a reply in bytes. 8 MiB by default.
    #[must_use]
    pub const fn reply_limit(mut self, bytes: usize) -> Self {
        self.reply_limit = bytes;
        self
    }

    /// Sets the encoding of requests and replies. JSON by default, which every miner reads.
    #[must_use]
    pub const fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Signs every request with the wallet.
    ///
    /// By default, requests to a miner that offers sessions are signed in a session from about the
    /// second call on. A session signature takes a hundredth of the time, and is evidence only to
    /// the miner.
    #[must_use]
    pub const fn without_sessions(mut self) -> Self {
        self.uses_sessions = false;
        self
    }

    /// Sets the proof that a miner has to provide before any call. [`ProofPolicy::SignedDocument`]
    /// by default.
    #[must_use]
    pub const fn proof_policy(mut self, policy: ProofPolicy) -> Self {
        self.proof_policy = policy;
        self
    }

    /// Sets the validity of the proof of a miner's key. 10 minutes by default. The client renews
    /// the proof in the background before it expires.
    #[must_use]
    pub const fn proof_interval(mut self, interval: Duration) -> Self {
        self.proof_interval = shorter(interval, LONGEST);
        self
    }

    /// Sets the bounds on connections.
    #[must_use]
    pub const fn connection_limits(mut self, limits: ConnectionLimits) -> Self {
        self.connection_limits = limits;
        self
    }

    /// Enables HTTP/2 without TLS too, for miners that offer it in their signed document. By
    /// default the client uses HTTP/2 over TLS only: without TLS, HTTP/1.1 takes less work for each
    /// call, and HTTP/2 needs fewer connections for many concurrent calls.
    #[must_use]
    pub const fn http2_in_clear(mut self) -> Self {
        self.speaks_http2_in_clear = true;
        self
    }

    /// Sets the time limit of one stream, from the request to the end of the stream. 60 s by
    /// default, which is the default limit of miners.
    #[must_use]
    pub const fn stream_deadline(mut self, deadline: Duration) -> Self {
        self.stream_deadline = shorter(deadline, LONGEST);
        self
    }

    /// Sets the bounds on the length of a stream.
    #[must_use]
    pub const fn stream_limits(mut self, limits: StreamLimits) -> Self {
        self.stream_limits = limits;
        self
    }

    /// Keeps the receipt of each answer: both signatures and the bytes that they cover, which prove
    /// the miner's answer to third parties. The wallet then signs every request.
    #[must_use]
    pub const fn receipts(mut self) -> Self {
        self.keeps_receipts = true;
        self
    }

    /// Sets the clock for the dates of signatures. The system clock by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the strategy of [`Phloem::route`]. [`Blended`](crate::Blended) by default.
    #[must_use]
    pub fn strategy(mut self, strategy: impl Strategy) -> Self {
        self.strategy = Some(Arc::new(strategy));
        self
    }

    /// Sets the interval of probes by `GET /health/ready` of miners that have not been asked yet or
    /// have a tripped breaker.
    ///
    /// The interval is 5 s by default, at least one second and at most one day. `None` disables
    /// probes: a miner with a tripped breaker is then tried by requests only.
    #[must_use]
    pub fn probe_interval(mut self, interval: Option<Duration>) -> Self {
        self.probe_interval = interval
            .map(|interval| interval.clamp(SHORTEST_PROBE_INTERVAL, LONGEST_PROBE_INTERVAL));
        self
    }

    /// Syncs the view of the subnet and starts the client.
    ///
    /// # Errors
    /// [`BuildError::Chain`] without a wallet; [`BuildError::OtherSubnet`] with a metastruct of
    /// another subnet; [`BuildError::Sync`] if the subnet does not exist or the chain is
    /// unreachable.
    pub async fn start(self) -> Result<Phloem, BuildError> {
        let netuid = self.subnet()?;
        let network = self.hetu.network();
        let signer = Arc::clone(self.hetu.signer()?);
        let signer =
            RequestSigner::new(signer, network.chain_id).with_clock(Arc::clone(&self.clock));
        let limits = self.connection_limits;
        let prover = Prover {
            dialer: Dialer::new(network.allows_private_addresses, limits),
            signer: signer.clone(),
            clock: Arc::clone(&self.clock),
            netuid,
            policy: self.proof_policy,
            limit: PROOF_LIMIT,
            speaks_http2_in_clear: self.speaks_http2_in_clear,
        };
        let exchanger = Exchanger::new(ExchangeSettings {
            endpoints: EndpointTable::new(KNOWN_MINERS, limits.exchanges_per_miner),
            prover: Arc::new(prover),
            proof_ages: ProofAges::of_interval(self.proof_interval),
            signer,
            clock: self.clock,
            netuid,
            deadline: self.deadline,
            reply_limit: self.reply_limit,
            codec: self.codec,
            keeps_receipts: self.keeps_receipts,
            // Session signatures are no evidence to third parties.
            uses_sessions: self.uses_sessions && !self.keeps_receipts,
            openings: Arc::new(Semaphore::new(OPENINGS)),
            stream_deadline: self.stream_deadline,
            stream_limits: self.stream_limits,
        });
        let metastruct = match self.metastruct {
            Some(metastruct) => metastruct,
            None => Metastruct::builder(self.hetu, netuid).start().await?,
        };
        let mut router = Router::with_peers(metastruct.qualities().clone());
        if let Some(strategy) = self.strategy {
            router = router.with_strategy(strategy);
        }
        Ok(Phloem::new(metastruct, exchanger, router, self.probe_interval))
    }
}

impl PhloemBuilder {
    fn subnet(&self) -> Result<NetUid, BuildError> {
        let asked = self.netuid;
        match self.metastruct.as_ref().map(Metastruct::netuid) {
            Some(shown) if asked != shown => Err(BuildError::OtherSubnet { asked, shown }),
            _ => Ok(asked),
        }
    }
}

const fn shorter(one: Duration, other: Duration) -> Duration {
    if one.as_nanos() < other.as_nanos() { one } else { other }
}

/// An error of building a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A chain error, or a connection without a wallet.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A metastruct of another subnet.
    #[error("the client is to be of subnet {asked}, and the picture shows subnet {shown}")]
    OtherSubnet {
        /// The requested subnet.
        asked: NetUid,
        /// The subnet of the metastruct.
        shown: NetUid,
    },
    /// A failure to sync the subnet.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl Retryable for BuildError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Chain(error) => error.retryability(),
            Self::OtherSubnet { .. } => Retryability::Final,
            Self::Sync(error) => error.retryability(),
        }
    }
}
