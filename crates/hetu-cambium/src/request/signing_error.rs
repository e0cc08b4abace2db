//! Errors of signing.

use hetu_chain::identity::SignerError;
use hetu_chain::{Retryability, Retryable};

use crate::signature::InvalidAuthority;
use crate::{BaseError, CodecError, RandomnessUnavailable};

/// Error of signing a request or a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The target has no scheme, or another one than `http` and `https`.
    #[error("the target of the request must be an absolute http or https URI")]
    NotAbsolute,
    /// No service can have the name.
    #[error("the name of a service has characters of a-z A-Z 0-9 - . _ ~ alone")]
    ServiceName,
    /// The target has no valid authority.
    #[error("the target of the request: {0}")]
    Authority(#[from] InvalidAuthority),
    /// The field `Host` and the target name different authorities.
    #[error("the field host and the target of the request name different hosts")]
    ConflictingHost,
    /// A covered component cannot be signed.
    #[error("the message cannot be signed: {0}")]
    Base(#[from] BaseError),
    /// The content cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// There is no randomness for the nonce.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// The signer did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The session is over: open another.
    #[error("the session is over")]
    SessionOver,
    /// As many requests are under way in the session as the miner can tell apart.
    #[error("too many requests of the session are under way")]
    SessionBusy,
    /// The session is with another miner, or for another subnet.
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
