//! What a miner tells everybody about itself.

use bytes::Bytes;
use hetu_cambium::{
    AccountId, DiscoveryDocument, PublishedLimits, RequestVerifier, openapi_document,
};
use hetu_chain::{Address, NetUid};
use serde::Serialize;

use super::ServiceTable;
use crate::ServerLimits;

/// The documents that do not change while the miner runs, as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub(super) ping: Bytes,
    pub(super) discovery: Bytes,
    pub(super) openapi: Bytes,
}

#[derive(Serialize)]
struct Ping {
    status: &'static str,
    address: Address,
    netuid: NetUid,
}

impl Documents {
    pub(crate) fn new(
        verifier: &RequestVerifier,
        services: &ServiceTable,
        limits: &ServerLimits,
    ) -> Self {
        let services: Vec<_> = services.descriptions().cloned().collect();
        let call_timeout = u64::try_from(limits.call_timeout.as_millis()).unwrap_or(u64::MAX);
        let limits = PublishedLimits::new(
            verifier,
            limits.content_bytes as u64,
            limits.field_bytes as u64,
            call_timeout,
        );
        let discovery = DiscoveryDocument::new(verifier, &services, limits);
        let AccountId { address, .. } = verifier.account();
        Self {
            ping: json(&Ping { status: "ok", address, netuid: verifier.netuid() }),
            openapi: json(&openapi_document(&discovery, &services)),
            discovery: json(&discovery),
        }
    }
}

/// A document with one member, `status`.
pub(super) fn status_document(status: &'static str) -> Bytes {
    #[derive(Serialize)]
    struct Status {
        status: &'static str,
    }
    json(&Status { status })
}

fn json(document: &impl Serialize) -> Bytes {
    #[expect(clippy::expect_used, reason = "strings and numbers under fixed names")]
    Bytes::from(serde_json::to_vec(document).expect("JSON"))
}
