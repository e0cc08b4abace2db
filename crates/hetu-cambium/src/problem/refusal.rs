//! The error of everything that turns a request away.

use std::borrow::Cow;
use std::time::Duration;

use hetu_chain::{ChainId, Retryability, Retryable};
use http::StatusCode;

use super::Reason;

/// A request that is not served, and why.
///
/// The text is written by this crate alone and holds nothing that a peer sent, so it may be shown
/// to the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Refusal {
    reason: Reason,
    detail: Cow<'static, str>,
    retry_after: Option<Duration>,
    served_chain: Option<ChainId>,
}

impl Refusal {
    /// A refusal for `reason`; `detail` tells a person what to do about it.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: detail.into(), retry_after: None, served_chain: None }
    }

    /// Says after which time another try is welcome.
    #[must_use]
    pub const fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    pub(crate) const fn with_served_chain(mut self, chain: ChainId) -> Self {
        self.served_chain = Some(chain);
        self
    }

    /// The stable code.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// What a person should know about it.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The status of a reply that carries this refusal.
    pub const fn status(&self) -> StatusCode {
        self.reason.status()
    }

    /// The time after which another try is welcome.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(crate) const fn served_chain(&self) -> Option<ChainId> {
        self.served_chain
    }

    pub(crate) fn into_detail(self) -> Cow<'static, str> {
        self.detail
    }
}

impl Retryable for Refusal {
    fn retryability(&self) -> Retryability {
        self.reason.retryability()
    }
}
