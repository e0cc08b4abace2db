//! The size of the head of a request, checked before any other work.

use hetu_cambium::{Reason, Refusal};
use http::Request;

use crate::limits::ServerLimits;

/// Maximum number of fields of a request. HTTP/1.1 accepts no more.
const MAX_FIELDS: usize = 100;

/// Bytes that a field counts in addition to its name and value (RFC 9113, section 6.5.2), in both
/// versions of HTTP. An empty field is not free.
pub(super) const FIELD_OVERHEAD: usize = 32;

/// The size of a decoded head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeadSize {
    pub(super) fields: usize,
    /// The bytes of the names, the values and the target.
    pub(super) bytes: usize,
}

impl HeadSize {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let (headers, uri) = (request.headers(), request.uri());
        let fields = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
        let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
        Self { fields: headers.len(), bytes: fields.sum::<usize>() + path + authority }
    }

    /// Returns the refusal of a head that is larger than the limits allow.
    pub(super) fn excess(self, limits: &ServerLimits) -> Option<Refusal> {
        let most_bytes = limits.head_bytes();
        let counted = self.bytes + self.fields * FIELD_OVERHEAD;
        let detail = if self.fields > MAX_FIELDS {
            format!("the request has more than {MAX_FIELDS} fields")
        } else if counted > most_bytes {
            format!("the target and the fields of the request are longer than {most_bytes} bytes")
        } else {
            return None;
        };
        Some(Refusal::new(Reason::FieldsTooLarge, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: usize, value: &str) -> Request<()> {
        let mut request = Request::get("http://miner/ping?x=1");
        for _ in 0..fields {
            request = request.header("x", value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn head_size_counts_target_names_and_values() {
        let size = HeadSize::of(&request(2, "abc"));
        assert_eq!(size, HeadSize { fields: 2, bytes: 8 + 9 + 5 });
    }

    #[test]
    fn head_over_either_limit_is_fields_too_large() {
        let limits = ServerLimits::default();
        let reason = |fields, value: &str| {
            let excess = HeadSize::of(&request(fields, value)).excess(&limits);
            excess.map(|refusal| refusal.reason())
        };
        assert_eq!(reason(100, ""), None);
        assert_eq!(reason(101, ""), Some(Reason::FieldsTooLarge));
        assert_eq!(reason(1, &"v".repeat(16_300)), None);
        assert_eq!(reason(1, &"v".repeat(16_384)), Some(Reason::FieldsTooLarge));
    }
}
