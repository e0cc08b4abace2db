//! The registry of reasons.

use std::fmt;
use std::str::FromStr;

use hetu_chain::{Retryability, Retryable};
use http::StatusCode;

macro_rules! reasons {
    ($($(#[$documentation:meta])* $variant:ident = $text:literal, $status:ident, $retryability:ident;)*) => {
        /// Why a request was refused: the stable code in the member `reason` of a problem.
        ///
        /// The first 22 are those of ERC-8128, section 6, with the statuses given there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$documentation])* $variant,)*
        }

        impl Reason {
            /// Every reason that this crate knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written in `reason`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The status of a reply that refuses for this reason.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)*
                }
            }
        }

        /// For the same call, signed again, at the same miner.
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
    /// A signature field is absent.
    SignatureMissing = "signature_missing", UNAUTHORIZED, Final;
    /// A signature field is malformed, or its members do not belong together.
    SignatureInputInvalid = "signature_input_invalid", BAD_REQUEST, Final;
    /// A limit on the size or the number of signatures is exceeded.
    SignatureTooLarge = "signature_too_large", BAD_REQUEST, Final;
    /// No signature is of an accepted kind.
    NoAcceptableSignature = "no_acceptable_signature", UNAUTHORIZED, Final;
    /// `keyid` is not a canonical account id.
    InvalidKeyid = "invalid_keyid", UNAUTHORIZED, Final;
    /// The account is of a chain that is not served here.
    UnsupportedChain = "unsupported_chain", UNAUTHORIZED, Final;
    /// The account is of a kind that is not served here, such as a contract.
    UnsupportedAccount = "unsupported_account", UNAUTHORIZED, Final;
    /// `created` or `expires` is missing, no Integer, or in the wrong order.
    InvalidTime = "invalid_time", UNAUTHORIZED, Final;
    /// The signature is from the future.
    RequestNotYetValid = "request_not_yet_valid", UNAUTHORIZED, Retryable;
    /// The signature is from the past.
    RequestExpired = "request_expired", UNAUTHORIZED, Retryable;
    /// The signature is valid for longer than is accepted.
    RequestValidityTooLong = "request_validity_too_long", UNAUTHORIZED, Final;
    /// `nonce` is no String, or too long.
    InvalidNonce = "invalid_nonce", UNAUTHORIZED, Final;
    /// The signature leaves out a component that must be covered.
    InsufficientCoverage = "insufficient_coverage", UNAUTHORIZED, Final;
    /// The request has content but no digest of it.
    ContentDigestRequired = "content_digest_required", UNAUTHORIZED, Final;
    /// The digest is malformed or does not match the content.
    BadContentDigest = "bad_content_digest", UNAUTHORIZED, Final;
    /// The signature has no nonce.
    NonceRequired = "nonce_required", UNAUTHORIZED, Final;
    /// The nonce was used before.
    NonceReused = "nonce_reused", UNAUTHORIZED, Retryable;
    /// Signatures without a nonce are not accepted for this caller.
    ReplayableNotAllowed = "replayable_not_allowed", UNAUTHORIZED, Final;
    /// The signature names an algorithm.
    UnsupportedAlgorithm = "unsupported_algorithm", UNAUTHORIZED, Final;
    /// The account did not make the signature over this request.
    BadSignature = "bad_signature", UNAUTHORIZED, Final;
    /// The signature cannot be verified for now.
    SignatureVerificationUnavailable = "signature_verification_unavailable", SERVICE_UNAVAILABLE, Retryable;
    /// Policy does not accept the account.
    PrincipalNotAllowed = "principal_not_allowed", UNAUTHORIZED, Final;

    /// A field of the protocol is missing or cannot be read.
    MalformedRequest = "malformed_request", BAD_REQUEST, Final;
    /// The version of the protocol is not spoken here.
    UnsupportedVersion = "unsupported_version", BAD_REQUEST, Final;
    /// The request is addressed to another miner.
    WrongRecipient = "wrong_recipient", UNAUTHORIZED, Final;
    /// The request is for another subnet.
    WrongNetuid = "wrong_netuid", UNAUTHORIZED, Final;
    /// The request names no recipient, and its authority is not one of this miner.
    WrongAuthority = "wrong_authority", UNAUTHORIZED, Final;
    /// The request was signed before the miner started, so it may be a replay.
    RequestPredatesStart = "request_predates_start", UNAUTHORIZED, Retryable;
    /// The session is over or was never opened here.
    UnknownSession = "unknown_session", UNAUTHORIZED, Retryable;
    /// The caller does not have the role that the miner serves.
    RoleNotAllowed = "role_not_allowed", FORBIDDEN, Final;
    /// The miner does not know for now who has which role.
    RoleUnavailable = "role_unavailable", SERVICE_UNAVAILABLE, Retryable;
    /// The miner does not serve this caller, for a reason of its own.
    CallerRefused = "caller_refused", FORBIDDEN, Final;
    /// The miner does not offer the service.
    UnknownService = "unknown_service", NOT_FOUND, Final;
    /// The resource does not take the method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, Final;
    /// The request did not arrive in time.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, Retryable;
    /// The content is longer than is accepted.
    ContentTooLarge = "content_too_large", PAYLOAD_TOO_LARGE, Final;
    /// The fields are longer than is accepted.
    FieldsTooLarge = "fields_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, Final;
    /// The media type of the request, or every one that the caller accepts, is unknown.
    UnsupportedCodec = "unsupported_codec", UNSUPPORTED_MEDIA_TYPE, Final;
    /// The content is not a request of the service.
    UndecodableContent = "undecodable_content", UNPROCESSABLE_ENTITY, Final;
    /// The service refuses this call.
    CallRejected = "call_rejected", UNPROCESSABLE_ENTITY, Final;
    /// The caller has too many requests under way.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, Retryable;
    /// The service failed.
    InternalError = "internal_error", INTERNAL_SERVER_ERROR, Retryable;
    /// The miner has too much to do.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, Retryable;
    /// The service did not answer in time.
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

/// A code that is not in the registry of this crate; a newer peer may know it.
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
