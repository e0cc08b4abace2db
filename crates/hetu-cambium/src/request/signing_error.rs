//! Errors of signing.

use hetu_chain::identity::SignerError;
use hetu_chain::{Retryability, Retryable};

use crate::signature::InvalidAuthority;
use crate::{BaseError, CodecError, RandomnessUnavailable};

/// An error of signing a request or a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// A target without a scheme, or with one other than `http` and `https`.
    #[error("the target of the request must be an absolute http or https URI")]
    NotAbsolute,
    /// A name that is not valid for a service.
    #[error("the name of a service has characters of a-z A-Z 0-9 - . _ ~ alone")]
    ServiceName,
    /// A target without a valid authority.
    #[error("the target of the request: {0}")]
    Authority(#[from] InvalidAuthority),
    /// A `Host` field and a target with different authorities.
    #[error("the field host and the target of the request name different hosts")]
    ConflictingHost,
    /// A covered component that cannot be signed.
    #[error("the message cannot be signed: {0}")]
    Base(#[from] BaseError),
    /// Content that cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A lack of random bytes for the nonce.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// A failure of the signer.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// An expired session. The caller must open another one.
    #[error("the session is over")]
    SessionOver,
    /// A session with the maximum number of pending requests.
    #[error("too many requests of the session are under way")]
    SessionBusy,
    /// A session with another miner, or for another subnet.
    #[error("the session is with another miner or for another subnet")]
    WrongSession,
}

impl Retryable for SigningError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Signer(error) => error.retryability(),
            Self::Randomness(_) | Self::SessionBusy => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
