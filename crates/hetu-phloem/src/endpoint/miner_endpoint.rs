//! The state of one miner at one endpoint: its proof, and its connections.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use futures_util::future::{Shared, ready};
use hetu_cambium::DiscoveryDocument;
use hetu_chain::Address;
use hetu_chain::text::ForeignError;
use hetu_metastruct::Endpoint;
use http::Uri;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::backoff::ProofFailure;
use super::proof::Prover;
use super::proven::ProvenEndpoint;
use super::service_uris::ServiceUris;
use crate::QueryError;
use crate::session::SessionKeeper;

type ProofOutcome = Result<Arc<ProvenEndpoint>, QueryError>;
type SharedProof = Shared<Pin<Box<dyn Future<Output = ProofOutcome> + Send>>>;

/// A miner at an endpoint. Concurrent callers share one proof.
#[derive(Debug)]
pub(crate) struct MinerEndpoint {
    pub(crate) address: Address,
    pub(crate) endpoint: Endpoint,
    pub(crate) sessions: SessionKeeper,
    /// A semaphore with one permit for each concurrent exchange.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) service_uris: ServiceUris,
    uri: Uri,
    proven: ArcSwapOption<ProvenEndpoint>,
    progress: Mutex<ProofProgress>,
    last_used: AtomicU64,
}

/// The ages of a proof. It is renewed in the background when it is older than `renewed_after`, and
/// is no longer valid when it is older than `valid_for`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProofAges {
    renewed_after: Duration,
    valid_for: Duration,
}

impl ProofAges {
    pub(crate) fn of_interval(interval: Duration) -> Self {
        Self { renewed_after: interval.mul_f64(0.8), valid_for: interval }
    }
}

#[derive(Debug, Default)]
struct ProofProgress {
    under_way: Option<SharedProof>,
    failure: Option<ProofFailure>,
}

impl MinerEndpoint {
    pub(super) fn new(
        address: Address,
        endpoint: Endpoint,
        exchanges: usize,
    ) -> Result<Self, QueryError> {
        let uri: Uri = endpoint.to_string().parse().map_err(|error: http::uri::InvalidUri| {
            QueryError::Unreachable { reason: ForeignError::new(error) }
        })?;
        Ok(Self {
            address,
            endpoint,
            sessions: SessionKeeper::default(),
            room: Arc::new(Semaphore::new(exchanges.min(Semaphore::MAX_PERMITS))),
            service_uris: ServiceUris::at(uri.clone()),
            uri,
            proven: ArcSwapOption::empty(),
            progress: Mutex::default(),
            last_used: AtomicU64::new(0),
        })
    }

    /// Returns the proven endpoint, after a proof if there is none. A failure is returned again for
    /// a while without a new attempt.
    pub(crate) async fn proven(
        self: &Arc<Self>,
        prover: &Arc<Prover>,
        ages: ProofAges,
    ) -> ProofOutcome {
        if let Some(proven) = self.current() {
            let age = proven.age();
            if age < ages.renewed_after {
                return Ok(proven);
            }
            if age < ages.valid_for {
                // Later callers receive the result.
                drop(self.prove(prover, ages));
                return Ok(proven);
            }
        }
        self.prove(prover, ages)?.await
    }

    /// Requests the signed document of the miner again.
    pub(crate) async fn fresh_document(
        &self,
        prover: &Prover,
    ) -> Result<Option<Arc<DiscoveryDocument>>, QueryError> {
        let document = prover.ask_for_document(self.address, &self.uri).await?;
        Ok(document.map(Arc::new))
    }

    /// Returns the endpoint, if it is proven.
    pub(crate) fn current(&self) -> Option<Arc<ProvenEndpoint>> {
        self.proven.load_full()
    }

    /// Requires a new proof before `proven` is used again, after an event that casts doubt on it.
    /// Until the pause after `failure` is over, callers receive that failure instead.
    pub(crate) fn doubt(&self, proven: &Arc<ProvenEndpoint>, failure: Option<QueryError>) {
        let mut progress = self.progress.lock();
        if self.current().is_some_and(|current| Arc::ptr_eq(&current, proven)) {
            self.proven.store(None);
            if let Some(error) = failure {
                progress.failure = Some(ProofFailure::after(progress.failure.as_ref(), error));
            }
        }
    }

    pub(super) fn touch(&self, now: u64) {
        self.last_used.store(now, Ordering::Relaxed);
    }

    pub(super) fn last_used(&self) -> u64 {
        self.last_used.load(Ordering::Relaxed)
    }

    /// Returns the proof in progress, or a new one. It continues even if no caller waits for it.
    fn prove(
        self: &Arc<Self>,
        prover: &Arc<Prover>,
        ages: ProofAges,
    ) -> Result<SharedProof, QueryError> {
        let mut progress = self.progress.lock();
        // Another caller may have made one since the check.
        let current = self.current().filter(|proven| proven.age() < ages.renewed_after);
        if let Some(proven) = current {
            return Ok(ready(Ok(proven)).boxed().shared());
        }
        if let Some(under_way) = &progress.under_way {
            return Ok(under_way.clone());
        }
        if let Some(failure) = progress.failure.as_ref().filter(|failure| !failure.is_over()) {
            return Err(failure.error.clone());
        }
        let (endpoint, prover) = (Arc::clone(self), Arc::clone(prover));
        let proving = tokio::spawn(async move {
            let outcome = prover.prove(endpoint.address, &endpoint.uri).await;
            endpoint.settle(outcome)
        });
        let endpoint = Arc::clone(self);
        let proof = async move {
            let settled = proving.await;
            settled.unwrap_or_else(|_| endpoint.settle(Err(QueryError::Cancelled)))
        };
        let proof = proof.boxed().shared();
        progress.under_way = Some(proof.clone());
        Ok(proof)
    }

    fn settle(&self, outcome: Result<ProvenEndpoint, QueryError>) -> ProofOutcome {
        let mut progress = self.progress.lock();
        progress.under_way = None;
        match outcome {
            Ok(proven) => {
                let proven = Arc::new(proven);
                self.proven.store(Some(Arc::clone(&proven)));
                progress.failure = None;
                Ok(proven)
            }
            Err(error) => {
                tracing::debug!(miner = %self.address, endpoint = %self.endpoint, %error, "no proof");
                if is_about_identity(&error) {
                    self.proven.store(None);
                    self.sessions.clear();
                }
                let failure = ProofFailure::after(progress.failure.as_ref(), error.clone());
                progress.failure = Some(failure);
                Err(error)
            }
        }
    }
}

/// Returns `true` if `error` shows another identity, and not only that the identity is unknown.
const fn is_about_identity(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::WrongIdentity(_) | QueryError::Unproven(_) | QueryError::Untrusted(_)
    )
}
