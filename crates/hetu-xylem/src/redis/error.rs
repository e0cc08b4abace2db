//! The errors of shared state in Redis.

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

/// The reason why a miner cannot share state through Redis. Its texts contain no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisError {
    /// An invalid address.
    #[error("not the address of a Redis: expected redis://, rediss:// or redis+unix://, {reason}")]
    Address {
        /// The cause.
        reason: String,
    },
    /// A server that is unreachable, denies access, or does not execute commands.
    #[error("Redis at {address} does not answer as it should: {reason}")]
    Unavailable {
        /// Host and port, or the path of the socket.
        address: String,
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// A server that evicts keys when its memory is full.
    #[error(
        "Redis at {address} would forget used signatures when its memory runs short: set \
         maxmemory-policy to noeviction, not {policy}"
    )]
    Evicts {
        /// Host and port, or the path of the socket.
        address: String,
        /// The eviction policy.
        policy: String,
    },
    /// Missing random bytes of the operating system.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

impl Retryable for RedisError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unavailable { .. } => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
