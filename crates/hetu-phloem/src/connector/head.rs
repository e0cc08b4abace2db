//! Bounds on the parts of a reply other than its content.
//!
//! A head is read, hashed and compared before its signature is verified, so the caller has to bound
//! its size. The HTTP libraries refuse most heads that exceed the bounds while they read; [`check`]
//! applies the same bounds to every head that they pass on, in every version of HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::{HeaderMap, Request};

use crate::HttpViolation;
use crate::violation::{HEAD_BYTES, HEAD_FIELDS};

/// The limit as an HTTP/2 setting.
pub(super) const HEAD_LIST_SIZE: u32 = 64 * 1024;
/// The maximum interim replies (1xx) to one request. Servers send one or two; hyper skips any
/// number.
const INTERIM_REPLIES: usize = 16;

/// The colon, the space and the line end of a field of HTTP/1.1.
const FIELD_OVERHEAD: usize = 4;

/// Refuses fields that are longer or more than a reply may have.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), HttpViolation> {
    let length = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        name.as_str().len() + value.len() + FIELD_OVERHEAD
    };
    // The number of fields bounds the work of adding up their lengths.
    if headers.len() > HEAD_FIELDS || headers.iter().map(length).sum::<usize>() > HEAD_BYTES {
        return Err(HttpViolation::head_too_large());
    }
    Ok(())
}

/// A flag for a miner that sent more interim replies to a request than it may. Its connections then
/// stop reading, because a library that skips interim replies reads without end.
#[derive(Clone, Debug, Default)]
pub(crate) struct InterimLimit(Arc<AtomicBool>);

impl InterimLimit {
    /// Counts the interim replies to `request`.
    ///
    /// hyper calls back in HTTP/1.1 alone; in HTTP/2 the [frame pace](super::pace) bounds them.
    pub(super) fn watch<Content>(&self, request: &mut Request<Content>) {
        let (limit, count) = (self.clone(), AtomicUsize::new(0));
        hyper::ext::on_informational(request, move |_| {
            if count.fetch_add(1, Ordering::Relaxed) >= INTERIM_REPLIES {
                limit.0.store(true, Ordering::Relaxed);
            }
        });
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn fields(count: usize, length: usize) -> HeaderMap {
        let field = |number: usize| {
            let name = HeaderName::try_from(format!("x-{number:04}")).unwrap();
            (name, HeaderValue::try_from("v".repeat(length)).unwrap())
        };
        (0..count).map(field).collect()
    }

    #[test]
    fn head_within_both_bounds_is_accepted() {
        assert_eq!(check(&HeaderMap::new()), Ok(()));
        assert_eq!(check(&fields(HEAD_FIELDS, 100)), Ok(()));
        assert_eq!(check(&fields(1, HEAD_BYTES - 10)), Ok(()));
    }

    #[test]
    fn head_beyond_either_bound_is_refused() {
        let refused = Err(HttpViolation::head_too_large());
        assert_eq!(check(&fields(HEAD_FIELDS + 1, 0)), refused);
        assert_eq!(check(&fields(1, HEAD_BYTES - 9)), refused);
        assert_eq!(check(&fields(64, 1_024)), refused);
    }

    #[test]
    fn repeated_field_counts_each_time() {
        let mut headers = HeaderMap::new();
        for _ in 0..=HEAD_FIELDS {
            headers.append("x", HeaderValue::from_static(""));
        }
        assert!(check(&headers).is_err());
    }
}
