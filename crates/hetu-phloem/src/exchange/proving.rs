//! Proofs of miners' keys outside of a call.

use std::sync::Arc;

use hetu_cambium::DiscoveryDocument;
use tokio::time::timeout;

use super::exchanger::Exchanger;
use crate::endpoint::{KnownDocument, ProvenEndpoint};
use crate::{QueryError, Target};

const READINESS: &str = "/health/ready";

impl Exchanger {
    /// Returns the signed document of `target`, or `None` if it proves itself by its first reply.
    pub(crate) async fn document(
        &self,
        target: &Target,
    ) -> Result<Option<Arc<DiscoveryDocument>>, QueryError> {
        match self.prove(target).await?.document() {
            KnownDocument::None => Ok(None),
            KnownDocument::Known(document) => Ok(Some(document)),
            KnownDocument::Forgotten => {
                self.0.endpoints.endpoint(target)?.fresh_document(&self.0.prover).await
            }
        }
    }

    /// Returns `true` if `target` proves its key and reports that it serves. It takes no longer
    /// than the deadline for the proof; the caller bounds the rest.
    pub(crate) async fn is_ready(&self, target: &Target) -> bool {
        let Ok(proven) = self.prove(target).await else { return false };
        let Ok(request) = proven.get(READINESS) else { return false };
        let reply = proven.client.request(request).await;
        reply.is_ok_and(|reply| reply.status().is_success())
    }

    /// Returns the proof of `target`, made now if there is none.
    async fn prove(&self, target: &Target) -> Result<Arc<ProvenEndpoint>, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let limit = self.0.deadline;
        let proving = endpoint.proven(&self.0.prover, self.0.proof_ages);
        timeout(limit, proving).await.unwrap_or(Err(QueryError::TimedOut { limit }))
    }
}
