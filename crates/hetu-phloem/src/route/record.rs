//! What a call did, and how it ended.

use std::time::Duration;

use hetu_chain::{Address, Retryability, Retryable};
use serde::Serialize;

use crate::{Answer, OutcomeClass, QueryError, Unavailable};

/// An answer, and the attempts that led to it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Routed<Reply> {
    /// The answer. Its latency is that of the attempt that brought it.
    pub answer: Answer<Reply>,
    /// Every attempt, in the order in which they were begun.
    pub attempts: Vec<AttemptRecord>,
    /// From the call to the answer.
    pub took: Duration,
}

/// One attempt of a call. Serialised with seconds as numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// The miner that was asked.
    pub miner: Address,
    /// Where.
    pub url: String,
    /// Why it was asked.
    pub kind: AttemptKind,
    /// What asking it cost when it was chosen, in seconds.
    pub cost_seconds: f64,
    /// From the call to the beginning of the attempt.
    pub began_after_seconds: f64,
    /// How long it took.
    pub took_seconds: f64,
    /// What came of it.
    pub outcome: OutcomeClass,
    /// The name of the request in the miner's log, if the reply had one.
    pub request_id: Option<Box<str>>,
    /// In words, if it brought no answer.
    pub error: Option<String>,
}

/// Why an attempt was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptKind {
    /// The call.
    First,
    /// The one before failed.
    Retry,
    /// The one before takes long.
    Hedge,
}

/// Why a call brought no answer. The attempts that were made are told with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// There is nobody to ask: found at once, without a request.
    #[error(transparent)]
    NoHealthyEndpoint {
        /// Why.
        #[from]
        unavailable: Unavailable,
    },
    /// Every attempt that was allowed failed, or one that makes others useless. This is the last.
    #[error("no answer after {} attempts: {error}", attempts.len())]
    Failed {
        /// How the last attempt failed.
        #[source]
        error: Box<QueryError>,
        /// All attempts.
        attempts: Vec<AttemptRecord>,
    },
    /// The deadline of the whole call came first.
    #[error("no answer within {limit:?} from {} attempts", attempts.len())]
    DeadlineExceeded {
        /// The deadline.
        limit: Duration,
        /// All attempts.
        attempts: Vec<AttemptRecord>,
    },
}

impl RouteError {
    /// The attempts that were made.
    pub fn attempts(&self) -> &[AttemptRecord] {
        match self {
            Self::NoHealthyEndpoint { .. } => &[],
            Self::Failed { attempts, .. } | Self::DeadlineExceeded { attempts, .. } => attempts,
        }
    }
}

impl Retryable for RouteError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::NoHealthyEndpoint { .. } | Self::DeadlineExceeded { .. } => {
                Retryability::Retryable
            }
            Self::Failed { error, .. } if error.class().is_worth_another() => {
                Retryability::Retryable
            }
            Self::Failed { error, .. } => error.retryability(),
        }
    }
}
