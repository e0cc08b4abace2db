//! The way to a miner: there is room for one more exchange, and its key is proven.

use std::sync::Arc;

use hetu_cambium::Reason;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit};
use tokio::time::Instant;

use super::Exchanger;
use crate::endpoint::{MinerEndpoint, ProvenEndpoint};
use crate::{QueryError, Target};

/// Where an exchange goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub(crate) endpoint: &'a Arc<MinerEndpoint>,
    pub(crate) proven: &'a Arc<ProvenEndpoint>,
    pub(crate) until: Instant,
}

/// The right to one exchange, which counts as under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    endpoint: Arc<MinerEndpoint>,
    proven: Arc<ProvenEndpoint>,
    until: Instant,
    /// While the miner is on probation: nobody else tries it.
    turn: Option<OwnedMutexGuard<()>>,
    _room: OwnedSemaphorePermit,
}

impl Exchanger {
    /// Waits for room, for the proof of the key, and on probation for those who came before.
    pub(crate) async fn admission(
        &self,
        target: &Target,
        until: Instant,
    ) -> Result<Admission, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let room = Arc::clone(&endpoint.room).acquire_owned().await;
        let room = room.map_err(|_| QueryError::Cancelled)?;
        let mut proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        let mut turn = None;
        if proven.is_on_probation() {
            turn = proven.turn().await;
            // While this call waited, another one may have shown that it is somebody else.
            proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        }
        Ok(Admission { endpoint, proven, until, turn, _room: room })
    }
}

impl Admission {
    pub(crate) const fn way(&self) -> Way<'_> {
        Way { endpoint: &self.endpoint, proven: &self.proven, until: self.until }
    }

    /// Takes note of what that says of the miner's key. Others may try it from then on.
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

/// Whether the endpoint has to be proven anew before it is asked again: another server may have
/// taken the place of the one that was there.
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
