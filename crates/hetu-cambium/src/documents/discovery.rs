//! The document under `/.well-known/hetu`.

use hetu_chain::{Address, ChainId, NetUid};
use serde::{Deserialize, Serialize};

use super::CertificateFingerprint;
use super::service::{PublishedService, ServiceDescription};
use crate::{AccountId, Codec, PROTOCOL_VERSION, RequestVerifier};

/// What a miner says about itself: who it is, what it serves, and what it takes.
///
/// Members that are unknown here are ignored when one is read, so that peers can add some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DiscoveryDocument {
    /// The name of the protocol: `cambium`.
    pub protocol: String,
    /// The version of the protocol.
    pub version: u16,
    /// The account of the miner.
    pub address: Address,
    /// The chain on which it is registered.
    pub chain_id: ChainId,
    /// The subnet in which it serves.
    pub netuid: NetUid,
    /// The media types of requests and replies, the preferred one first.
    pub codecs: Vec<String>,
    /// Whether sessions can be opened.
    #[serde(default)]
    pub sessions: bool,
    /// Whether the revision of ERC-8128 before the newest is taken too.
    #[serde(default)]
    pub earlier_erc8128: bool,
    /// Whether contract accounts can call.
    #[serde(default)]
    pub contract_accounts: bool,
    /// Whether it takes HTTP/2 without TLS from the first byte on (RFC 9113, section 3.3).
    #[serde(default)]
    pub http2_in_clear: bool,
    /// The digest of the certificate that it shows when it is called over TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_certificate_sha256: Option<CertificateFingerprint>,
    /// What it serves, by name.
    pub services: Vec<PublishedService>,
    /// What it takes at most.
    pub limits: PublishedLimits,
}

/// What a miner takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedLimits {
    /// Bytes of the content of a request.
    pub content_bytes: u64,
    /// Bytes of the head of a request.
    pub field_bytes: u64,
    /// Milliseconds that a call may take, whatever the caller asks for.
    pub call_timeout_ms: u64,
    /// Seconds from `created` to `expires` of a signature.
    pub max_validity_seconds: u64,
    /// Seconds by which clocks may differ.
    pub clock_skew_seconds: u64,
}

impl PublishedLimits {
    /// Limits of which the last two are those of `verifier`.
    pub fn new(
        verifier: &RequestVerifier,
        content_bytes: u64,
        field_bytes: u64,
        call_timeout_ms: u64,
    ) -> Self {
        let window = verifier.window();
        Self {
            content_bytes,
            field_bytes,
            call_timeout_ms,
            max_validity_seconds: window.max_validity().as_secs(),
            clock_skew_seconds: window.skew().as_secs(),
        }
    }
}

impl DiscoveryDocument {
    /// The document of the miner whose requests `verifier` verifies.
    pub fn new(
        verifier: &RequestVerifier,
        services: &[ServiceDescription],
        limits: PublishedLimits,
    ) -> Self {
        let AccountId { chain, address } = verifier.account();
        Self {
            protocol: "cambium".to_owned(),
            version: PROTOCOL_VERSION,
            address,
            chain_id: chain,
            netuid: verifier.netuid(),
            codecs: Codec::ALL.iter().map(|codec| codec.media_type().to_owned()).collect(),
            sessions: verifier.takes_sessions(),
            earlier_erc8128: verifier.takes_earlier_revision(),
            contract_accounts: verifier.takes_contract_accounts(),
            http2_in_clear: false,
            tls_certificate_sha256: None,
            services: services.iter().map(ServiceDescription::published).collect(),
            limits,
        }
    }

    /// Says that the miner takes HTTP/2 without TLS.
    #[must_use]
    pub const fn with_http2_in_clear(mut self) -> Self {
        self.http2_in_clear = true;
        self
    }

    /// Names the certificate that the miner shows.
    #[must_use]
    pub const fn with_tls_certificate(mut self, fingerprint: CertificateFingerprint) -> Self {
        self.tls_certificate_sha256 = Some(fingerprint);
        self
    }
}
