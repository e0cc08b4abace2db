//! `Retry-After` of a reply (RFC 9110, section 10.2.3).

use std::time::{Duration, UNIX_EPOCH};

use hetu_chain::Clock;
use http::HeaderMap;
use http::header::RETRY_AFTER;

use crate::until::LONGEST;

/// Returns the time in `Retry-After`, which is in seconds or a date, and a day at most: adding a
/// longer time to the present can overflow.
pub(crate) fn retry_after(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit into the number are a value that is too large.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(clock.unix_time()).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use hetu_chain::clock::ManualClock;
    use http::HeaderValue;

    use super::*;

    fn read(text: &'static str) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
        retry_after(&headers, &ManualClock::at(Duration::from_secs(784_111_770)))
    }

    #[test]
    fn seconds_and_dates_are_read_and_nothing_else() {
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(read("+1"), None);
        assert_eq!(read(""), None);
    }

    /// A duration that overflows when it is added to the present would panic in code of the caller.
    #[test]
    fn time_without_a_bound_is_cut_to_a_day() {
        for text in [
            "86401",
            "18446744073709551615",
            "99999999999999999999999999999999999999",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert_eq!(read(text), Some(LONGEST), "{text}");
        }
    }
}
