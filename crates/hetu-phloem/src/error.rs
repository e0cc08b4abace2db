//! How a query can fail, and whose fault that is.

use std::time::Duration;

use hetu_cambium::{Problem, ReplyRefusal, SigningError};
use hetu_chain::Retryability;
use http::StatusCode;

/// Why a query brought no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The request could not be signed: the caller's own side.
    #[error("the request was not signed: {0}")]
    Signing(#[from] SigningError),
    /// Nobody answers at the miner's endpoint, or the connection broke.
    #[error("the miner cannot be reached: {reason}")]
    Unreachable {
        /// What the network said.
        reason: String,
    },
    /// The miner did not answer in time.
    #[error("the miner did not answer within {limit:?}")]
    TimedOut {
        /// How long was waited.
        limit: Duration,
    },
    /// The answer was not waited for any more: others had answered.
    #[error("the answer was not waited for")]
    Cancelled,
    /// The reply is not provably the registered miner's: not signed, signed by another key, or
    /// not for this request.
    #[error("the reply cannot be trusted: {0}")]
    Untrusted(#[from] ReplyRefusal),
    /// The miner refused.
    #[error("the miner refused: {} ({})", problem.detail(), problem.reason_text())]
    Refused {
        /// What it said.
        problem: Box<Problem>,
        /// Whether the miner signed that. If not, anyone on the way may have said it.
        is_signed: bool,
        /// For how long the miner asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// An HTTP status that is neither an answer nor a refusal with a reason.
    #[error("the miner answered with status {status} and no reason")]
    UnexpectedStatus {
        /// The status.
        status: StatusCode,
        /// For how long the sender asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The miner's answer is signed, but no reply of this service.
    #[error("the answer does not decode: {reason}")]
    Undecodable {
        /// What is wrong with it.
        reason: String,
    },
    /// The reply is longer than the caller takes.
    #[error("the reply is longer than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: usize,
    },
}

impl QueryError {
    /// Whether asking the same miner again, with a fresh signature, can help.
    pub fn retryability(&self) -> Retryability {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Cancelled => {
                Retryability::Retryable
            }
            Self::Signing(error) => error.retryability(),
            Self::Untrusted(refusal) => refusal.retryability(),
            Self::Refused { problem, .. } if problem.is_retryable() => Retryability::Retryable,
            Self::UnexpectedStatus { status, .. } if status.is_server_error() => {
                Retryability::Retryable
            }
            _ => Retryability::Final,
        }
    }
}
