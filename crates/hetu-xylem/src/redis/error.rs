//! Why nothing is shared through Redis.

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

/// Why a miner cannot share anything through Redis. No text of it shows a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisError {
    /// The address is none.
    #[error("not the address of a Redis: expected redis://, rediss:// or redis+unix://, {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// The server cannot be reached, does not let us in, or does not do what it is asked for.
    #[error("Redis at {address} does not answer as it should: {reason}")]
    Unavailable {
        /// Host and port, or the path of the socket.
        address: String,
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// The server forgets what it should remember when its memory runs short.
    #[error(
        "Redis at {address} would forget used signatures when its memory runs short: set \
         maxmemory-policy to noeviction, not {policy}"
    )]
    Evicts {
        /// Host and port, or the path of the socket.
        address: String,
        /// Its policy.
        policy: String,
    },
    /// The operating system gives no random bytes.
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
