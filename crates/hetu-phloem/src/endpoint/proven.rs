//! An endpoint with a proven registered key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::DiscoveryDocument;
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Uri};
use http_body_util::Full;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::connector::MinerClient;

/// Maximum length of a document that is kept.
const MOST_KEPT: usize = 16 * 1024;

/// An endpoint of a miner that proved its key, and the connections to it.
#[derive(Debug)]
pub(crate) struct ProvenEndpoint {
    pub(crate) client: MinerClient,
    uri: Uri,
    offers_sessions: bool,
    document: KeptDocument,
    probation: Option<Probation>,
    since: Instant,
}

/// A document that the miner signed, decoded and as bytes.
#[derive(Debug)]
pub(super) struct ProvenDocument {
    document: DiscoveryDocument,
    content: Bytes,
}

/// The kept form of a document: its bytes, because a decoded document takes a multiple of them.
/// Long documents are not kept, because thousands of miners have one.
#[derive(Debug)]
enum KeptDocument {
    /// No document: the miner proves itself by its first reply.
    None,
    Whole(Bytes),
    TooLong,
}

/// The state of a miner's document.
#[derive(Debug)]
pub(crate) enum KnownDocument {
    /// No document, because the miner proves itself by its first reply and signs none.
    None,
    Known(Arc<DiscoveryDocument>),
    /// A document that was too long to be kept, and has to be requested again.
    Forgotten,
}

impl ProvenDocument {
    pub(super) const fn new(document: DiscoveryDocument, content: Bytes) -> Self {
        Self { document, content }
    }

    pub(super) const fn read(&self) -> &DiscoveryDocument {
        &self.document
    }

    pub(super) fn into_read(self) -> DiscoveryDocument {
        self.document
    }
}

/// The time before the first verified reply of a miner that proves itself by it.
#[derive(Debug, Default)]
pub(crate) struct Probation {
    is_over: AtomicBool,
    turn: Arc<Mutex<()>>,
}

impl ProvenEndpoint {
    pub(super) fn new(
        client: MinerClient,
        uri: Uri,
        document: Option<&ProvenDocument>,
        probation: Option<Probation>,
    ) -> Self {
        let offers_sessions = document.is_some_and(|proven| proven.document.sessions);
        let document = match document {
            None => KeptDocument::None,
            Some(proven) if proven.content.len() > MOST_KEPT => KeptDocument::TooLong,
            // A copy, because the content may be the beginning of a larger buffer.
            Some(proven) => KeptDocument::Whole(Bytes::copy_from_slice(&proven.content)),
        };
        let since = Instant::now();
        Self { client, uri, offers_sessions, document, probation, since }
    }

    /// Returns the request `GET {endpoint}{path}`.
    pub(crate) fn get(&self, path: &'static str) -> Result<Request<Full<Bytes>>, http::Error> {
        Request::get(at(&self.uri, path)?).body(Full::default())
    }

    /// Returns the document that the miner signed.
    pub(crate) fn document(&self) -> KnownDocument {
        match &self.document {
            KeptDocument::None => KnownDocument::None,
            KeptDocument::TooLong => KnownDocument::Forgotten,
            // It was decoded once before, when it was proven.
            KeptDocument::Whole(content) => serde_json::from_slice(content)
                .map_or(KnownDocument::Forgotten, |document| {
                    KnownDocument::Known(Arc::new(document))
                }),
        }
    }

    /// Returns `true` if the connections end at the holder of the right certificate.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Returns the age of the proof.
    pub(crate) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Returns `true` if the miner offers sessions.
    pub(crate) const fn offers_sessions(&self) -> bool {
        self.offers_sessions
    }

    /// Returns `true` if the key of the miner still has to be proven, by its first reply.
    pub(crate) fn is_on_probation(&self) -> bool {
        self.probation.as_ref().is_some_and(|probation| !probation.is_over.load(Ordering::Acquire))
    }

    /// Waits until no other call tries the miner on probation. Returns `None` if the probation is
    /// over.
    pub(crate) async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        let turn = Arc::clone(&self.probation.as_ref()?.turn).lock_owned().await;
        self.is_on_probation().then_some(turn)
    }

    /// Ends the probation: the registered key signed a reply.
    pub(crate) fn end_probation(&self) {
        if let Some(probation) = &self.probation {
            probation.is_over.store(true, Ordering::Release);
        }
    }
}

/// Returns the URI of the resource `path` of the miner at `endpoint`.
pub(super) fn at(endpoint: &Uri, path: &'static str) -> Result<Uri, http::Error> {
    let mut parts = endpoint.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(path));
    Ok(Uri::from_parts(parts)?)
}
