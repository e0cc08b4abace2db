//! The checks that a request passes, by name.

use hetu_cambium::{Reason, Refusal};

/// A check that a request has to pass, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Head,
    Route,
    Shape,
    Window,
    Audience,
    Role,
    Rate,
    Codec,
    Content,
    Digest,
    Signature,
    Replay,
    Hook,
    Session,
    Queue,
}

/// A request that did not pass a check.
#[derive(Debug)]
pub(super) struct Declined {
    pub(super) check: Check,
    pub(super) refusal: Refusal,
}

impl Check {
    /// The name of the check in metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Route => "route",
            Self::Shape => "shape",
            Self::Window => "window",
            Self::Audience => "audience",
            Self::Role => "role",
            Self::Rate => "rate",
            Self::Codec => "codec",
            Self::Content => "content",
            Self::Digest => "digest",
            Self::Signature => "signature",
            Self::Replay => "replay",
            Self::Hook => "hook",
            Self::Session => "session",
            Self::Queue => "queue",
        }
    }

    /// A refusal by this check, for the use in `map_err`.
    pub(super) fn declined(self, refusal: Refusal) -> Declined {
        Declined { check: self, refusal }
    }

    /// A refusal by one of the checks that read the fields alone.
    pub(super) fn of_fields(refusal: Refusal) -> Declined {
        let check = match refusal.reason() {
            Reason::InvalidTime
            | Reason::RequestNotYetValid
            | Reason::RequestExpired
            | Reason::RequestValidityTooLong => Self::Window,
            Reason::UnsupportedChain
            | Reason::WrongRecipient
            | Reason::WrongNetuid
            | Reason::WrongAuthority => Self::Audience,
            // Of the fields alone, a store of sessions is asked at most.
            Reason::SignatureVerificationUnavailable => Self::Session,
            _ => Self::Shape,
        };
        check.declined(refusal)
    }

    /// A refusal by one of the checks that need the content.
    pub(super) fn of_proof(refusal: Refusal) -> Declined {
        let check = match refusal.reason() {
            Reason::ContentDigestRequired | Reason::BadContentDigest => Self::Digest,
            Reason::NonceReused | Reason::RequestPredatesStart => Self::Replay,
            _ => Self::Signature,
        };
        check.declined(refusal)
    }
}
