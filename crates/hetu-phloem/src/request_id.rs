//! The identifier of a request in the log of its miner.

use http::{HeaderMap, HeaderName};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The maximum length. The identifier is untrusted input and must not fill logs.
const LONGEST: usize = 128;

/// Returns the identifier in the reply. It is not signed and is for logs only.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<Box<str>> {
    let text = std::str::from_utf8(headers.get(X_REQUEST_ID)?.as_bytes()).ok()?;
    is_request_id(text).then(|| text.into())
}

/// Returns `true` for visible ASCII only, which cannot start a new log line.
pub(crate) fn is_request_id(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(text: &[u8]) -> Option<Box<str>> {
        let value = HeaderValue::from_bytes(text).unwrap();
        request_id(&HeaderMap::from_iter([(X_REQUEST_ID, value)]))
    }

    #[test]
    fn names_are_short_and_of_visible_characters() {
        assert_eq!(read(b"0197-4e"), Some("0197-4e".into()));
        assert!(read(&[b'a'; LONGEST]).is_some());
        for other in [&b""[..], b"two words", b"a\ttab", "\u{e4}".as_bytes(), &[b'a'; LONGEST + 1]]
        {
            assert_eq!(read(other), None, "{other:?}");
        }
        assert_eq!(request_id(&HeaderMap::new()), None);
    }
}
