//! Names of the HTTP fields that the protocol sets and reads.

use http::HeaderName;

/// Digest of the content (RFC 9530).
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Covered components and parameters of the signatures (RFC 9421, section 4.1).
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// The signatures (RFC 9421, section 4.2).
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// The signature that the server would have accepted (RFC 9421, section 5.1).
pub const ACCEPT_SIGNATURE: HeaderName = HeaderName::from_static("accept-signature");

/// Version of the protocol: `1`.
pub const CAMBIUM_VERSION: HeaderName = HeaderName::from_static("cambium-version");

/// Number of the subnet of the call.
pub const HETU_NETUID: HeaderName = HeaderName::from_static("hetu-netuid");

/// Address of the called miner.
pub const HETU_RECIPIENT: HeaderName = HeaderName::from_static("hetu-recipient");

/// Time in milliseconds that the caller waits for the reply.
pub const HETU_TIMEOUT_MS: HeaderName = HeaderName::from_static("hetu-timeout-ms");

/// The four fields that make a signed request one of this protocol.
pub(crate) const CALL_FIELDS: [HeaderName; 4] =
    [CAMBIUM_VERSION, HETU_NETUID, HETU_RECIPIENT, HETU_TIMEOUT_MS];
