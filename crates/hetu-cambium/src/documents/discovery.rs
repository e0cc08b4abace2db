//! The document under `/.well-known/hetu`.

use hetu_chain::{Address, ChainId, NetUid};
use serde::{Deserialize, Serialize};

use super::CertificateFingerprint;
use super::service::{PublishedService, ServiceDescription};
use crate::{AccountId, Codec, PROTOCOL_VERSION, RequestVerifier};

/// The self-description of a miner: its identity, its services and its limits.
///
/// Unknown members are ignored when a document is read, so that peers can add members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DiscoveryDocument {
    /// The name of the protocol: `cambium`.
    pub protocol: String,
    /// The version of the protocol.
    pub version: u16,
    /// The account of the miner.
    pub address: Address,
    /// The chain on which the miner is registered.
    pub chain_id: ChainId,
    /// The subnet in which the miner serves.
    pub netuid: NetUid,
    /// The media types of requests and replies, the preferred one first.
    pub codecs: Vec<String>,
    /// `true` if sessions can be opened.
    #[serde(default)]
    pub sessions: bool,
    /// `true` if the previous revision of ERC-8128 is accepted too.
    #[serde(default)]
    pub earlier_erc8128: bool,
    /// `true` if contract accounts can call.
    #[serde(default)]
    pub contract_accounts: bool,
    /// `true` if the miner accepts HTTP/2 without TLS from the first byte on (RFC 9113, section
    /// 3.3).
    #[serde(default)]
    pub http2_in_clear: bool,
    /// The digest of the certificate that the miner presents over TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_certificate_sha256: Option<CertificateFingerprint>,
    /// The services by name.
    pub services: Vec<PublishedService>,
    /// The limits of the miner.
    pub limits: PublishedLimits,
}

/// The limits of a miner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedLimits {
    /// Maximum bytes of the content of a request.
    pub content_bytes: u64,
    /// Maximum bytes of the head of a request.
    pub field_bytes: u64,
    /// Maximum milliseconds of a call, whatever the caller requests.
    pub call_timeout_ms: u64,
    /// Maximum seconds from `created` to `expires` of a signature.
    pub max_validity_seconds: u64,
    /// Maximum seconds by which clocks may differ.
    pub clock_skew_seconds: u64,
}

impl PublishedLimits {
    /// Creates limits and takes the last two from `verifier`.
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
    /// Creates the document of the miner that verifies requests with `verifier`.
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

    /// Declares that the miner accepts HTTP/2 without TLS.
    #[must_use]
    pub const fn with_http2_in_clear(mut self) -> Self {
        self.http2_in_clear = true;
        self
    }

    /// Sets the certificate that the miner presents.
    #[must_use]
    pub const fn with_tls_certificate(mut self, fingerprint: CertificateFingerprint) -> Self {
        self.tls_certificate_sha256 = Some(fingerprint);
        self
    }
}
