//! The error of a refused request.

use std::borrow::Cow;
use std::time::Duration;

use hetu_chain::{ChainId, Retryability, Retryable};
use http::StatusCode;

use super::Reason;

/// A refused request and the reason of the refusal.
///
/// Only this crate writes the text, and it contains no input of a peer, so it can be sent to the
/// caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Refusal {
    reason: Reason,
    detail: Cow<'static, str>,
    retry_after: Option<Duration>,
    served_chain: Option<ChainId>,
}

impl Refusal {
    /// Creates a refusal for `reason`. `detail` explains it to a person.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: detail.into(), retry_after: None, served_chain: None }
    }

    /// Sets the time after which the caller may retry.
    #[must_use]
    pub const fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    pub(crate) const fn with_served_chain(mut self, chain: ChainId) -> Self {
        self.served_chain = Some(chain);
        self
    }

    /// Returns the stable code.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns the explanation for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the status of a reply that carries this refusal.
    pub const fn status(&self) -> StatusCode {
        self.reason.status()
    }

    /// Returns the time after which the caller may retry.
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
