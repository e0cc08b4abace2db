//! The interface of rate limiters, and their refusals.

use std::fmt;
use std::time::Duration;

use hetu_cambium::{Reason, Refusal};
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

use super::{Rate, RateKey};

/// A counter of calls: this process ([`InMemoryRateLimiter`](super::InMemoryRateLimiter)), or a
/// store that several processes share.
///
/// Each query includes the rate, so that the rate can differ between callers and change while the
/// miner runs. Earlier counts stay in effect.
pub trait RateLimiter: fmt::Debug + Send + Sync {
    /// Checks whether a call would be refused now, as far as this process knows without cost. It
    /// counts no call and keeps no state, so it is safe for unverified callers.
    ///
    /// A caller that passes may still be refused by [`consume`](Self::consume).
    fn check(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>>;

    /// Counts a call, unless it is refused. Call this only for a verified caller.
    ///
    /// # Cancel safety
    /// If the future is dropped, the call may be counted or not.
    fn consume(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>>;
}

/// The reason why a caller may not call now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateRefusal {
    /// A caller above its rate.
    #[error("calls come faster than is allowed")]
    Exceeded {
        /// The time until the next call is allowed.
        retry_after: Duration,
    },
    /// A full table without this caller.
    #[error("too many callers are counted at the same time")]
    NoRoom {
        /// The time until another caller leaves the table.
        retry_after: Duration,
    },
    /// An unknown number of calls by the caller.
    #[error("calls cannot be counted: {reason}")]
    Unavailable {
        /// The cause, for the operator's log.
        #[source]
        reason: ForeignError,
        /// The time after which to retry.
        retry_after: Duration,
    },
}

impl Retryable for RateRefusal {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}

impl From<RateRefusal> for Refusal {
    /// Converts into 429 for a caller above its rate, and into 503 for an unknown rate: the miner
    /// serves no uncounted caller.
    fn from(refusal: RateRefusal) -> Self {
        let (reason, detail, retry_after) = match refusal {
            RateRefusal::Exceeded { retry_after } => {
                (Reason::RateLimited, "calls come faster than this miner allows", retry_after)
            }
            RateRefusal::NoRoom { retry_after } => {
                (Reason::Overloaded, "too many callers call at the same time", retry_after)
            }
            // The cause is only for the operator of the store.
            RateRefusal::Unavailable { retry_after, .. } => {
                (Reason::Overloaded, "calls cannot be counted for now", retry_after)
            }
        };
        Self::new(reason, detail).with_retry_after(retry_after)
    }
}
