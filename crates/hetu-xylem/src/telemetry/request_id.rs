//! The id of a request.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use hetu_chain::{Clock, SystemClock};
use http::{HeaderName, HeaderValue};
use uuid::Uuid;

tokio::task_local! {
    /// The id of the request that this task answers.
    pub(crate) static REQUEST_ID: RequestId;
}

/// The id of a request in the logs of the miner, in the field `x-request-id` of its reply, and in
/// the member `request_id` of a refusal. It is a UUID of version 7 (RFC 9562), which begins with
/// the time, so that ids sort by time.
///
/// The miner creates it and ignores an id sent by a caller, because most callers do not sign it.
/// Use the [`TraceContext`](hetu_cambium::TraceContext) to find the logs of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// The field of a reply that carries the id.
    pub const FIELD: HeaderName = HeaderName::from_static("x-request-id");

    /// Creates an id from the time, with a resolution of a quarter of a microsecond (RFC 9562,
    /// section 6.2, method 3), and from bits that do not reveal the number of ids. The bits derive
    /// from one secret of the process, because a query of the operating system for each id would
    /// take longer than all other steps.
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        const NANOSECONDS: u32 = 1_000_000;
        let now = SystemClock.unix_time();
        let milliseconds = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let part = (now.subsec_nanos() % NANOSECONDS) << 12;
        let bits = SECRET.hash_one(MADE.fetch_add(1, Ordering::Relaxed));
        let mut behind = [0; 10];
        behind[..2].copy_from_slice(&((part / NANOSECONDS) as u16).to_be_bytes());
        behind[2..].copy_from_slice(&bits.to_be_bytes());
        Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &behind).into_uuid())
    }

    /// Returns the id of the request that the calling task answers, in handlers and in the futures
    /// that they await. Returns `None` elsewhere, including tasks that a handler spawns.
    pub fn current() -> Option<Self> {
        REQUEST_ID.try_get().ok()
    }

    /// Returns the id of the current request, or a new one if there is none.
    pub(crate) fn current_or_new() -> Self {
        Self::current().unwrap_or_else(Self::new)
    }

    pub(crate) fn field_value(self) -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        let text = self.0.as_hyphenated().encode_lower(&mut text);
        #[expect(clippy::expect_used, reason = "hexadecimal digits and hyphens")]
        HeaderValue::from_str(text).expect("a field value")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_of_version_7_sort_by_time_and_tell_nothing_else() {
        let names: Vec<_> = (0..10_000).map(|_| RequestId::new()).collect();
        assert!(names.is_sorted_by_key(|RequestId(name)| name.as_u128() >> 64));
        assert!(!names.is_sorted_by_key(|RequestId(name)| name.as_u128() as u64));
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        let RequestId(last) = names[9_999];
        assert_eq!((last.get_version_num(), last.get_variant()), (7, uuid::Variant::RFC4122));
        let (seconds, _) = last.get_timestamp().unwrap().to_unix();
        let now = SystemClock.unix_seconds();
        assert!(now.abs_diff(seconds) <= 1, "{now} {seconds}");
    }

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
