//! The name of a request.

use std::fmt;

use http::{HeaderName, HeaderValue};
use uuid::Uuid;

tokio::task_local! {
    /// The request that this task answers.
    pub(crate) static REQUEST_ID: RequestId;
}

/// The name of a request in the logs of the miner, in the field `x-request-id` of its reply, and
/// in the member `request_id` of a refusal: a UUID of version 7 (RFC 9562), which begins with the
/// time, so that names sort by it.
///
/// The miner makes it. What a caller sends under such a name is not believed, since most callers
/// do not sign it; their own logs are found by the [`TraceContext`](crate::TraceContext).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// The field of a reply that carries the name.
    pub const FIELD: HeaderName = HeaderName::from_static("x-request-id");

    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The name of the request that the calling task answers: for handlers, and what they call
    /// and wait for. Nothing elsewhere, tasks that a handler starts included.
    pub fn current() -> Option<Self> {
        REQUEST_ID.try_get().ok()
    }

    /// The name of the request that is answered, or one of its own where none is.
    pub(crate) fn current_or_new() -> Self {
        Self::current().unwrap_or_else(Self::new)
    }

    pub(crate) fn field_value(self) -> HeaderValue {
        #[expect(clippy::expect_used, reason = "hexadecimal digits and hyphens")]
        HeaderValue::try_from(self.to_string()).expect("a field value")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_task_of_a_request_knows_its_name() {
        assert_eq!(RequestId::current(), None);
        let id = RequestId::new();
        let seen = REQUEST_ID.scope(id, async { RequestId::current() }).await;
        assert_eq!(seen, Some(id));
        assert_eq!(id.field_value(), id.to_string().as_str());
        assert_eq!(id.to_string().as_bytes()[14], b'7');
    }
}
