//! The permit for one exchange: there is room for it, and the key of the miner is proven.

use std::sync::Arc;

use hetu_cambium::Reason;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit};
use tokio::time::Instant;

use super::settings::ExchangeSettings;
use crate::endpoint::{MinerEndpoint, ProvenEndpoint};
use crate::{QueryError, Target};

/// The path of an exchange: the miner, its proven endpoint, and the common deadline of request and
/// reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExchangePath<'a> {
    pub(crate) endpoint: &'a Arc<MinerEndpoint>,
    pub(crate) proven: &'a Arc<ProvenEndpoint>,
    pub(crate) until: Instant,
}

/// The right to one exchange, which counts as in flight until this is dropped.
#[derive(Debug)]
pub(crate) struct ExchangePermit {
    endpoint: Arc<MinerEndpoint>,
    proven: Arc<ProvenEndpoint>,
    until: Instant,
    /// The lock during the probation of the miner, so that no other call tries it.
    turn: Option<OwnedMutexGuard<()>>,
    _room: OwnedSemaphorePermit,
}

impl ExchangePermit {
    /// Waits for room, for the proof of the key, and on probation for earlier calls.
    pub(crate) async fn acquire(
        settings: &ExchangeSettings,
        target: &Target,
        until: Instant,
    ) -> Result<Self, QueryError> {
        let endpoint = settings.endpoints.endpoint(target)?;
        let room = Arc::clone(&endpoint.room).acquire_owned().await;
        let room = room.map_err(|_| QueryError::Cancelled)?;
        let mut proven = endpoint.proven(&settings.prover, settings.proof_ages).await?;
        let mut turn = None;
        if proven.is_on_probation() {
            turn = proven.turn().await;
            // While this call waited, another one may have detected another identity.
            proven = endpoint.proven(&settings.prover, settings.proof_ages).await?;
        }
        Ok(Self { endpoint, proven, until, turn, _room: room })
    }

    pub(crate) const fn path(&self) -> ExchangePath<'_> {
        ExchangePath { endpoint: &self.endpoint, proven: &self.proven, until: self.until }
    }

    /// Records the consequences for the proof of the miner's key. Other calls may then try the
    /// miner.
    pub(crate) fn settle<Reply>(&mut self, outcome: &Result<Reply, QueryError>) {
        let turn = self.turn.take();
        match outcome {
            Ok(_) | Err(QueryError::Refused { is_signed: true, .. }) => {
                self.proven.end_probation();
            }
            Err(error) if lets_doubt(error) => {
                self.endpoint.doubt(&self.proven, turn.is_some().then(|| error.clone()));
            }
            Err(_) => {}
        }
    }
}

/// Returns `true` if the endpoint needs a new proof before the next request, because another server
/// may have replaced the previous one.
fn lets_doubt(error: &QueryError) -> bool {
    match error {
        QueryError::ConnectionRefused { .. }
        | QueryError::Unreachable { .. }
        | QueryError::ConnectionLost { .. }
        | QueryError::InvalidHttp(_)
        | QueryError::Untrusted(_)
        | QueryError::UntrustedStream(_) => true,
        QueryError::Refused { problem, .. } => problem.reason() == Some(Reason::WrongRecipient),
        _ => false,
    }
}
