//! The record and the result of a call.

use std::time::Duration;

use hetu_chain::{Address, Retryability, Retryable};
use serde::Serialize;

use crate::{Answer, OutcomeClass, QueryError, Unavailable};

/// An answer, and the attempts that led to it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Routed<Reply> {
    /// The answer. Its latency is that of the successful attempt.
    pub answer: Answer<Reply>,
    /// Every attempt, in starting order.
    pub attempts: Vec<AttemptRecord>,
    /// The time from the call to the answer.
    pub took: Duration,
}

/// One attempt of a call. Serialised with seconds as numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// The miner that was asked.
    pub miner: Address,
    /// The URL of its endpoint.
    pub url: String,
    /// The reason of the attempt.
    pub kind: AttemptKind,
    /// The cost of the miner when it was chosen, in seconds.
    pub cost_seconds: f64,
    /// The time from the call to the start of the attempt.
    pub began_after_seconds: f64,
    /// The duration of the attempt.
    pub took_seconds: f64,
    /// The class of the outcome.
    pub outcome: OutcomeClass,
    /// The identifier of the request in the miner's log, if the reply had one.
    pub request_id: Option<Box<str>>,
    /// The error message, if there is no answer.
    pub error: Option<String>,
}

/// The reason of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptKind {
    /// The first attempt of the call.
    First,
    /// A retry after a failed attempt.
    Retry,
    /// A hedge of an attempt that takes long.
    Hedge,
}

/// An error of a routed call, with its attempts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// No miner to ask. This is detected immediately, without a request.
    #[error(transparent)]
    NoHealthyEndpoint {
        /// The reasons.
        #[from]
        unavailable: Unavailable,
    },
    /// The failure of every permitted attempt, or of one that makes others useless. This is the
    /// last.
    #[error("no answer after {} attempts: {error}", attempts.len())]
    Failed {
        /// The error of the last attempt.
        #[source]
        error: Box<QueryError>,
        /// All attempts.
        attempts: Vec<AttemptRecord>,
    },
    /// The expiry of the deadline of the whole call.
    #[error("no answer within {limit:?} from {} attempts", attempts.len())]
    DeadlineExceeded {
        /// The deadline.
        limit: Duration,
        /// All attempts.
        attempts: Vec<AttemptRecord>,
    },
}

impl RouteError {
    /// Returns the attempts of the call.
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
