//! The documents that a miner serves to all clients.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use hetu_cambium::{
    CertificateFingerprint, DiscoveryDocument, PingDocument, PublishedLimits, RequestVerifier,
    openapi_document,
};
use serde::Serialize;

use super::service_table::ServiceTable;
use crate::limits::ServerLimits;

/// The documents of the miner, as JSON. They are constant while it runs, except for the
/// certificate.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(super) ping: Bytes,
    pub(super) openapi: Bytes,
    discovery: ArcSwap<Bytes>,
    /// The document without the certificate, which can change.
    of_the_miner: DiscoveryDocument,
}

impl Documents {
    pub(crate) fn new(
        verifier: &RequestVerifier,
        services: &ServiceTable,
        limits: &ServerLimits,
        certificate: Option<CertificateFingerprint>,
        takes_http2_in_clear: bool,
    ) -> Self {
        let services: Vec<_> = services.descriptions().cloned().collect();
        let call_timeout = u64::try_from(limits.call_timeout.as_millis()).unwrap_or(u64::MAX);
        let limits = PublishedLimits::new(
            verifier,
            limits.content_bytes as u64,
            limits.field_bytes as u64,
            call_timeout,
        );
        let mut discovery = DiscoveryDocument::new(verifier, &services, limits);
        if takes_http2_in_clear {
            discovery = discovery.with_http2_in_clear();
        }
        Self {
            ping: json(&PingDocument::new(verifier)),
            openapi: json(&openapi_document(&discovery, &services)),
            discovery: ArcSwap::from_pointee(published(&discovery, certificate)),
            of_the_miner: discovery,
        }
    }

    pub(super) fn discovery(&self) -> Bytes {
        Bytes::clone(&self.discovery.load())
    }

    /// Publishes `certificate` from now on.
    pub(super) fn show_certificate(&self, certificate: CertificateFingerprint) {
        self.discovery.store(Arc::new(published(&self.of_the_miner, Some(certificate))));
    }
}

fn published(document: &DiscoveryDocument, certificate: Option<CertificateFingerprint>) -> Bytes {
    match certificate {
        Some(certificate) => json(&document.clone().with_tls_certificate(certificate)),
        None => json(document),
    }
}

pub(super) fn json(document: &impl Serialize) -> Bytes {
    #[expect(clippy::expect_used, reason = "strings and numbers under fixed names")]
    Bytes::from(serde_json::to_vec(document).expect("JSON"))
}
