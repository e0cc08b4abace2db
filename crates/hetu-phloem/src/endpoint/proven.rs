//! An endpoint at which the registered key is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::DiscoveryDocument;
use http::uri::PathAndQuery;
use http::{Request, Uri};
use http_body_util::Full;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::connector::HttpClient;

/// An endpoint whose miner proved its key, and the connections to it.
#[derive(Debug)]
pub(crate) struct ProvenEndpoint {
    pub(crate) client: HttpClient,
    uri: Uri,
    document: Option<Arc<DiscoveryDocument>>,
    probation: Option<Probation>,
    since: Instant,
}

/// The time before the first verified reply of a miner that proves itself by it.
#[derive(Debug, Default)]
pub(crate) struct Probation {
    is_over: AtomicBool,
    turn: Arc<Mutex<()>>,
}

impl ProvenEndpoint {
    pub(super) fn new(
        client: HttpClient,
        uri: Uri,
        document: Option<Arc<DiscoveryDocument>>,
        probation: Option<Probation>,
    ) -> Self {
        Self { client, uri, document, probation, since: Instant::now() }
    }

    /// The request `GET {endpoint}{path}`.
    pub(crate) fn get(&self, path: &'static str) -> Result<Request<Full<Bytes>>, http::Error> {
        Request::get(at(&self.uri, path)?).body(Full::default())
    }

    /// What the miner signed of itself.
    pub(crate) const fn document(&self) -> Option<&Arc<DiscoveryDocument>> {
        self.document.as_ref()
    }

    /// Since when it is proven.
    pub(crate) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Whether the miner opens sessions.
    pub(crate) fn offers_sessions(&self) -> bool {
        self.document.as_ref().is_some_and(|document| document.sessions)
    }

    /// Whether the key of the miner is still to be proven, by its first reply.
    pub(crate) fn is_on_probation(&self) -> bool {
        self.probation.as_ref().is_some_and(|probation| !probation.is_over.load(Ordering::Acquire))
    }

    /// Waits until no other call tries the miner that is on probation; nothing once that is over.
    pub(crate) async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        let turn = Arc::clone(&self.probation.as_ref()?.turn).lock_owned().await;
        self.is_on_probation().then_some(turn)
    }

    /// A reply was signed by the registered key.
    pub(crate) fn end_probation(&self) {
        if let Some(probation) = &self.probation {
            probation.is_over.store(true, Ordering::Release);
        }
    }
}

/// The resource `path` of the miner at `endpoint`.
pub(super) fn at(endpoint: &Uri, path: &'static str) -> Result<Uri, http::Error> {
    let mut parts = endpoint.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(path));
    Ok(Uri::from_parts(parts)?)
}
