//! Making a client.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Codec, RequestSigner};
use hetu_chain::{ChainError, Clock, Hetutensor, NetUid, Retryability, SystemClock};
use hetu_metastruct::{Metastruct, SyncError};

use crate::connector::http_client;
use crate::exchange::Exchanger;
use crate::{Phloem, Router, Strategy};

const DEFAULT_DEADLINE: Duration = Duration::from_secs(12);
const DEFAULT_REPLY_LIMIT: usize = 8 * 1024 * 1024;
const DEFAULT_PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// Miners are not looked at more often.
const SHORTEST_PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// How a validator's client is to be. Made by [`Phloem::builder`].
#[derive(Clone, Debug)]
pub struct PhloemBuilder {
    hetu: Hetutensor,
    netuid: NetUid,
    metastruct: Option<Metastruct>,
    deadline: Duration,
    reply_limit: usize,
    codec: Codec,
    keeps_receipts: bool,
    clock: Arc<dyn Clock>,
    strategy: Option<Arc<dyn Strategy>>,
    probe_interval: Option<Duration>,
}

impl PhloemBuilder {
    pub(crate) fn new(hetu: Hetutensor) -> Self {
        Self {
            hetu,
            netuid: NetUid::new(1),
            metastruct: None,
            deadline: DEFAULT_DEADLINE,
            reply_limit: DEFAULT_REPLY_LIMIT,
            codec: Codec::default(),
            keeps_receipts: false,
            clock: Arc::new(SystemClock),
            strategy: None,
            probe_interval: Some(DEFAULT_PROBE_INTERVAL),
        }
    }

    /// The subnet whose miners are queried. 1 by default.
    #[must_use]
    pub fn netuid(mut self, netuid: impl Into<NetUid>) -> Self {
        self.netuid = netuid.into();
        self
    }

    /// A picture of the subnet that is there already, instead of one more.
    #[must_use]
    pub fn metastruct(mut self, metastruct: Metastruct) -> Self {
        self.metastruct = Some(metastruct);
        self
    }

    /// How long one query may take, signing and verifying included. 12 s by default. The miner
    /// is told, and stops working when it is over.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The most bytes of a reply that are read. 8 MiB by default.
    #[must_use]
    pub const fn reply_limit(mut self, bytes: usize) -> Self {
        self.reply_limit = bytes;
        self
    }

    /// How requests and replies are written. In JSON by default, which every miner reads.
    #[must_use]
    pub const fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Keeps the receipt of each answer in it: both signatures with what they are over, which
    /// prove to anyone what the miner answered.
    #[must_use]
    pub const fn receipts(mut self) -> Self {
        self.keeps_receipts = true;
        self
    }

    /// The clock that signatures are dated by. The system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// By what [`Phloem::route`] chooses miners. [`Blended`](crate::Blended) by default.
    #[must_use]
    pub fn strategy(mut self, strategy: impl Strategy) -> Self {
        self.strategy = Some(Arc::new(strategy));
        self
    }

    /// How often miners are looked at that were never asked, or whose breaker is shut, by
    /// `GET /health/ready`: every 5 s by default, and no more often than each second. With `None`
    /// never: who is shut is then tried by requests alone.
    #[must_use]
    pub fn probe_interval(mut self, interval: Option<Duration>) -> Self {
        self.probe_interval = interval.map(|interval| interval.max(SHORTEST_PROBE_INTERVAL));
        self
    }

    /// Syncs the picture of the subnet and makes the client.
    ///
    /// # Errors
    /// [`BuildError::Chain`] without a wallet; [`BuildError::Sync`] if there is no such subnet
    /// or the chain is out of reach.
    pub async fn build(self) -> Result<Phloem, BuildError> {
        let network = self.hetu.network();
        let signer = Arc::clone(self.hetu.signer()?);
        let exchanger = Exchanger {
            http: http_client(network.allows_private_addresses),
            signer: RequestSigner::new(signer, network.chain_id)
                .with_clock(Arc::clone(&self.clock)),
            clock: self.clock,
            netuid: self.netuid,
            deadline: self.deadline,
            reply_limit: self.reply_limit,
            codec: self.codec,
            keeps_receipts: self.keeps_receipts,
        };
        let metastruct = match self.metastruct {
            Some(metastruct) => metastruct,
            None => Metastruct::builder(self.hetu, self.netuid).start().await?,
        };
        let mut router = Router::of_qualities(metastruct.qualities().clone());
        if let Some(strategy) = self.strategy {
            router = router.with_strategy(strategy);
        }
        Ok(Phloem::new(metastruct, exchanger, router, self.probe_interval))
    }
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no wallet to sign with.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The subnet could not be synced.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl BuildError {
    /// Whether trying again can help.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Chain(error) => error.retryability(),
            Self::Sync(error) => error.retryability(),
        }
    }
}
