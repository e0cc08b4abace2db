//! What a miner tells everybody about itself.

use bytes::Bytes;
use hetu_cambium::{AcceptanceWindow, Codec, PROTOCOL_VERSION};
use hetu_chain::{Address, ChainId, NetUid};
use serde::Serialize;

use super::ServiceTable;
use crate::ServerLimits;

/// The documents that do not change while the miner runs, as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub(super) ping: Bytes,
    pub(super) discovery: Bytes,
}

#[derive(Serialize)]
struct Ping {
    status: &'static str,
    address: Address,
    netuid: NetUid,
}

#[derive(Serialize)]
struct Discovery<'a> {
    protocol: &'static str,
    version: u16,
    address: Address,
    chain_id: ChainId,
    netuid: NetUid,
    services: Vec<ServiceEntry<'a>>,
    codecs: Vec<&'static str>,
    limits: Limits,
}

#[derive(Serialize)]
struct ServiceEntry<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Limits {
    content_bytes: usize,
    field_bytes: usize,
    call_timeout_ms: u64,
    max_validity_seconds: u64,
    clock_skew_seconds: u64,
}

impl Documents {
    pub(crate) fn new(
        address: Address,
        chain_id: ChainId,
        netuid: NetUid,
        services: &ServiceTable,
        limits: &ServerLimits,
        window: AcceptanceWindow,
    ) -> Self {
        let call_timeout = limits.call_timeout.as_millis();
        let discovery = Discovery {
            protocol: "cambium",
            version: PROTOCOL_VERSION,
            address,
            chain_id,
            netuid,
            services: services.names().map(|name| ServiceEntry { name }).collect(),
            codecs: Codec::ALL.iter().map(|codec| codec.media_type()).collect(),
            limits: Limits {
                content_bytes: limits.content_bytes,
                field_bytes: limits.field_bytes,
                call_timeout_ms: u64::try_from(call_timeout).unwrap_or(u64::MAX),
                max_validity_seconds: window.max_validity().as_secs(),
                clock_skew_seconds: window.skew().as_secs(),
            },
        };
        Self { ping: json(&Ping { status: "ok", address, netuid }), discovery: json(&discovery) }
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
