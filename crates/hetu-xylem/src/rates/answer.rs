//! The question whether a caller may call now.

use std::fmt;
use std::time::Duration;

use hetu_cambium::{Reason, Refusal};
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

use super::{Rate, RateKey};

/// Who counts calls: this process ([`InMemoryRateLimiter`](super::InMemoryRateLimiter)), or a store that several
/// share.
///
/// The rate is said at each question, so that it can differ between callers and change while the
/// miner runs; what was counted before counts on.
pub trait RateLimiter: fmt::Debug + Send + Sync {
    /// Whether a call would be refused now, as far as that is known here without cost. Nothing is
    /// counted and nothing remembered, so it may be asked about callers who have not proven who
    /// they are.
    ///
    /// A caller that passes may be refused by [`consume`](Self::consume) all the same.
    fn check(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>>;

    /// Counts a call, unless it is refused. To be asked only once it is proven whose call it is.
    ///
    /// Cancel safety: a call whose answer is not waited for may count or not.
    fn consume(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>>;
}

/// Why a caller may not call now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateRefusal {
    /// The caller called more often than it may.
    #[error("calls come faster than is allowed")]
    Exceeded {
        /// When the next call is allowed.
        retry_after: Duration,
    },
    /// As many callers are counted as there is room for, and this one is not among them.
    #[error("too many callers are counted at the same time")]
    NoRoom {
        /// When one of them will be forgotten.
        retry_after: Duration,
    },
    /// It is not known how often the caller called.
    #[error("calls cannot be counted: {reason}")]
    Unavailable {
        /// The cause, for the operator's log.
        #[source]
        reason: ForeignError,
        /// When it is worth trying again.
        retry_after: Duration,
    },
}

impl Retryable for RateRefusal {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}

impl From<RateRefusal> for Refusal {
    /// 429 for a caller that called too often. 503 where that cannot be told: nobody is served
    /// uncounted.
    fn from(refusal: RateRefusal) -> Self {
        let (reason, detail, retry_after) = match refusal {
            RateRefusal::Exceeded { retry_after } => {
                (Reason::RateLimited, "calls come faster than this miner allows", retry_after)
            }
            RateRefusal::NoRoom { retry_after } => {
                (Reason::Overloaded, "too many callers call at the same time", retry_after)
            }
            // Why is for the operator, whose store it is.
            RateRefusal::Unavailable { retry_after, .. } => {
                (Reason::Overloaded, "calls cannot be counted for now", retry_after)
            }
        };
        Self::new(reason, detail).with_retry_after(retry_after)
    }
}
