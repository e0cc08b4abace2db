//! Replies that violate HTTP, or exceed the bounds on them.

use std::error::Error;
use std::io;

use hetu_chain::{Retryability, Retryable};
use tokio_rustls::rustls;

use crate::text::shortened;

/// The maximum bytes of the head of a reply, and of its trailers.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;
/// The maximum fields of a head.
pub(crate) const HEAD_FIELDS: usize = 100;

/// hyper's message for a head beyond its bounds.
const TOO_LARGE: &str = "message head is too large";

/// A violation of HTTP by a reply, or of the bounds on everything but its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpViolation {
    /// A head or trailers that are longer, or have more fields, than a reply may have.
    #[error("its head is longer than {bytes} bytes or has more than {fields} fields")]
    HeadTooLarge {
        /// The maximum bytes.
        bytes: usize,
        /// The maximum fields.
        fields: usize,
    },
    /// More interim replies (status 1xx) than a request may have.
    #[error("too many interim replies precede it")]
    TooManyInterimReplies,
    /// A reply that cannot be read. In HTTP/2 this includes heads that are too large, and content
    /// in too many small frames.
    #[error("it is malformed: {reason}")]
    Malformed {
        /// The message of the HTTP library. It is kept as text, because its error is part of the
        /// chain of the failed one.
        reason: String,
    },
}

impl HttpViolation {
    pub(crate) const fn head_too_large() -> Self {
        Self::HeadTooLarge { bytes: HEAD_BYTES, fields: HEAD_FIELDS }
    }

    /// Returns the violation behind `error`, or `None` if the connection failed for another reason.
    pub(crate) fn of_failure(error: &(dyn Error + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |&error| error.source()).find_map(|cause| {
            if let Some(error) = cause.downcast_ref::<hyper::Error>() {
                return Self::of_http1(error);
            }
            if let Some(error) = cause.downcast_ref::<h2::Error>() {
                return Self::of_http2(error);
            }
            cause.downcast_ref::<io::Error>().and_then(Self::of_chunks)
        })
    }

    fn of_http1(error: &hyper::Error) -> Option<Self> {
        if !error.is_parse() {
            return None;
        }
        // hyper has a method for this kind in its server only.
        if error.to_string() == TOO_LARGE {
            return Some(Self::head_too_large());
        }
        Some(Self::malformed(error))
    }

    /// Returns the violation that h2 itself refused, or `None` if the peer or the network ended the
    /// stream.
    fn of_http2(error: &h2::Error) -> Option<Self> {
        if !error.is_library() {
            return None;
        }
        match error.reason()? {
            h2::Reason::PROTOCOL_ERROR
            | h2::Reason::COMPRESSION_ERROR
            | h2::Reason::FRAME_SIZE_ERROR
            | h2::Reason::FLOW_CONTROL_ERROR
            | h2::Reason::ENHANCE_YOUR_CALM => Some(Self::malformed(error)),
            _ => None,
        }
    }

    /// Returns the violation in chunks or trailers. hyper reports those that it refuses as invalid
    /// data; rustls does the same with broken records, which any party on the path can cause.
    fn of_chunks(error: &io::Error) -> Option<Self> {
        let is_invalid =
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        let is_of_tls = error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>());
        (is_invalid && !is_of_tls).then(|| Self::malformed(error))
    }

    fn malformed(error: &impl ToString) -> Self {
        Self::Malformed { reason: shortened(&error.to_string()) }
    }
}

impl Retryable for HttpViolation {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
