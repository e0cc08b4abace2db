//! The registry of reasons.

use std::fmt;
use std::str::FromStr;

use hetu_chain::{Retryability, Retryable};
use http::StatusCode;

macro_rules! reasons {
    ($($(#[$documentation:meta])* $variant:ident = $text:literal, $status:ident, $retryability:ident;)*) => {
        /// The reason of a refused request: the stable code in the member `reason` of a problem.
        ///
        /// The first 22 are those of ERC-8128, section 6, with the statuses of that section.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$documentation])* $variant,)*
        }

        impl Reason {
            /// Every reason of this crate.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the code as it is written in `reason`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Returns the status of a reply that refuses for this reason.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)*
                }
            }
        }

        /// The retryability is that of the same call, signed again, at the same miner.
        impl Retryable for Reason {
            fn retryability(&self) -> Retryability {
                match self {
                    $(Self::$variant => Retryability::$retryability,)*
                }
            }
        }
    };
}

reasons! {
    /// A missing signature field.
    SignatureMissing = "signature_missing", UNAUTHORIZED, Final;
    /// A malformed signature field, or fields with members that do not match.
    SignatureInputInvalid = "signature_input_invalid", BAD_REQUEST, Final;
    /// A signature that exceeds a limit of size, or too many signatures.
    SignatureTooLarge = "signature_too_large", BAD_REQUEST, Final;
    /// A request without a signature of an accepted kind.
    NoAcceptableSignature = "no_acceptable_signature", UNAUTHORIZED, Final;
    /// A `keyid` that is not a canonical account id.
    InvalidKeyid = "invalid_keyid", UNAUTHORIZED, Final;
    /// An account of a chain that the miner does not support.
    UnsupportedChain = "unsupported_chain", UNAUTHORIZED, Final;
    /// An account of a kind that the miner does not support, such as a contract.
    UnsupportedAccount = "unsupported_account", UNAUTHORIZED, Final;
    /// A `created` or `expires` that is missing, not an Integer, or in the wrong order.
    InvalidTime = "invalid_time", UNAUTHORIZED, Final;
    /// A signature that is not valid yet.
    RequestNotYetValid = "request_not_yet_valid", UNAUTHORIZED, Retryable;
    /// A signature that has expired.
    RequestExpired = "request_expired", UNAUTHORIZED, Retryable;
    /// A signature that is valid for longer than the miner accepts.
    RequestValidityTooLong = "request_validity_too_long", UNAUTHORIZED, Final;
    /// A `nonce` that is not a String, or is too long.
    InvalidNonce = "invalid_nonce", UNAUTHORIZED, Final;
    /// A signature that leaves out a component that must be covered.
    InsufficientCoverage = "insufficient_coverage", UNAUTHORIZED, Final;
    /// A request with content but without its digest.
    ContentDigestRequired = "content_digest_required", UNAUTHORIZED, Final;
    /// A digest that is malformed or does not match the content.
    BadContentDigest = "bad_content_digest", UNAUTHORIZED, Final;
    /// A signature without a nonce.
    NonceRequired = "nonce_required", UNAUTHORIZED, Final;
    /// A nonce that was used before.
    NonceReused = "nonce_reused", UNAUTHORIZED, Retryable;
    /// A signature without a nonce, which is not accepted for this caller.
    ReplayableNotAllowed = "replayable_not_allowed", UNAUTHORIZED, Final;
    /// A signature that names an algorithm.
    UnsupportedAlgorithm = "unsupported_algorithm", UNAUTHORIZED, Final;
    /// A signature that the account did not make over this request.
    BadSignature = "bad_signature", UNAUTHORIZED, Final;
    /// A signature that cannot be verified at the moment.
    SignatureVerificationUnavailable = "signature_verification_unavailable", SERVICE_UNAVAILABLE, Retryable;
    /// An account that the policy does not accept.
    PrincipalNotAllowed = "principal_not_allowed", UNAUTHORIZED, Final;

    /// A field of the protocol that is missing or cannot be read.
    MalformedRequest = "malformed_request", BAD_REQUEST, Final;
    /// A version of the protocol that the miner does not support.
    UnsupportedVersion = "unsupported_version", BAD_REQUEST, Final;
    /// A request to another miner.
    WrongRecipient = "wrong_recipient", UNAUTHORIZED, Final;
    /// A request for another subnet.
    WrongNetuid = "wrong_netuid", UNAUTHORIZED, Final;
    /// A request without a recipient and with an authority that is not one of this miner.
    WrongAuthority = "wrong_authority", UNAUTHORIZED, Final;
    /// A request that was signed before the miner started, so that it may be a replay.
    RequestPredatesStart = "request_predates_start", UNAUTHORIZED, Retryable;
    /// A session that has expired or was never opened at this miner.
    UnknownSession = "unknown_session", UNAUTHORIZED, Retryable;
    /// A caller without the role that the miner serves.
    RoleNotAllowed = "role_not_allowed", FORBIDDEN, Final;
    /// Roles of accounts that the miner cannot determine at the moment.
    RoleUnavailable = "role_unavailable", SERVICE_UNAVAILABLE, Retryable;
    /// A caller that the miner does not serve because of its own policy.
    CallerRefused = "caller_refused", FORBIDDEN, Final;
    /// A service that the miner does not offer.
    UnknownService = "unknown_service", NOT_FOUND, Final;
    /// A method that the resource does not support.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, Final;
    /// A request that did not arrive in time.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, Retryable;
    /// Content that is longer than the miner accepts.
    ContentTooLarge = "content_too_large", PAYLOAD_TOO_LARGE, Final;
    /// Fields that are longer than the miner accepts.
    FieldsTooLarge = "fields_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, Final;
    /// An unknown media type of the request, or of every reply that the caller accepts.
    UnsupportedCodec = "unsupported_codec", UNSUPPORTED_MEDIA_TYPE, Final;
    /// Content that is not a request of the service.
    UndecodableContent = "undecodable_content", UNPROCESSABLE_ENTITY, Final;
    /// A call that the service refuses.
    CallRejected = "call_rejected", UNPROCESSABLE_ENTITY, Final;
    /// A caller with too many pending requests.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, Retryable;
    /// A failure of the service.
    InternalError = "internal_error", INTERNAL_SERVER_ERROR, Retryable;
    /// An overloaded miner.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, Retryable;
    /// A service that did not answer in time.
    DeadlineExceeded = "deadline_exceeded", GATEWAY_TIMEOUT, Retryable;
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text).ok_or(UnknownReason)
    }
}

/// A code that is not in the registry of this crate. A newer peer may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reason is unknown here")]
pub struct UnknownReason;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct_and_readable() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        assert_eq!("tea_time".parse::<Reason>(), Err(UnknownReason));
    }

    #[test]
    fn the_codes_of_the_erc_have_its_statuses() {
        for (position, reason) in Reason::ALL[..22].iter().enumerate() {
            let expected = match position {
                1 | 2 => 400,
                20 => 503,
                _ => 401,
            };
            assert_eq!(reason.status().as_u16(), expected, "{reason}");
        }
        assert_eq!(Reason::ALL[21], Reason::PrincipalNotAllowed);
    }
}
