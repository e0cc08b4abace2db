//! The settings that all exchanges of a client share.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Codec, RequestSigner, StreamLimits};
use hetu_chain::{Clock, NetUid};
use tokio::sync::Semaphore;

use crate::endpoint::{EndpointTable, ProofAges, Prover};

/// The shared settings and state of all exchanges of a client.
#[derive(Debug)]
pub(crate) struct ExchangeSettings {
    pub(crate) endpoints: EndpointTable,
    pub(crate) prover: Arc<Prover>,
    pub(crate) proof_ages: ProofAges,
    pub(crate) signer: RequestSigner,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) netuid: NetUid,
    pub(crate) deadline: Duration,
    pub(crate) reply_limit: usize,
    pub(crate) codec: Codec,
    pub(crate) keeps_receipts: bool,
    pub(crate) uses_sessions: bool,
    /// A semaphore with one permit for each concurrent opening of a session.
    pub(crate) openings: Arc<Semaphore>,
    pub(crate) stream_deadline: Duration,
    pub(crate) stream_limits: StreamLimits,
}
