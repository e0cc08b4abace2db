//! Replies other than refusals: contents, documents, and failures of the handler.

use bytes::Bytes;
use hetu_cambium::{Codec, CodecError, Problem, Reason};
use hetu_chain::text::ForeignText;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

use super::attached::CallFailure;
use super::codecs::Codecs;
use crate::handler::{internal_problem, overdue_problem};
use crate::telemetry::RequestId;

const NO_CALL: &str = "the content is not a call of this service";
/// Maximum length of a codec error in a reply, in characters.
const QUOTED_CHARACTERS: usize = 200;

/// Returns the id of the current request, as in the log.
pub(super) fn request_id() -> String {
    RequestId::current_or_new().to_string()
}

/// Returns the problem of a failed call. An error of the handler is logged, and opaque.
pub(super) fn failed(service: &str, request_id: String, failure: CallFailure) -> Problem {
    let problem = match failure {
        CallFailure::Undecodable(error) => {
            tracing::debug!(service, request_id, %error, "a call cannot be read");
            Problem::new(Reason::UndecodableContent, undecodable(&error))
        }
        CallFailure::Handler(error) => error.into_problem(service, &request_id),
        CallFailure::Unencodable(error) => internal_problem(service, &request_id, &error),
        CallFailure::Panicked(message) => {
            let error: Box<dyn std::error::Error + Send + Sync> = message.into();
            internal_problem(service, &request_id, &*error)
        }
        CallFailure::Overdue => overdue_problem(service, &request_id, None),
    };
    problem.with_request_id(request_id)
}

/// Returns the reply with the content of the handler.
pub(super) fn whole(content: Bytes, codecs: Codecs) -> Response<Bytes> {
    let mut reply = Response::new(content);
    reply.headers_mut().insert(CONTENT_TYPE, codecs.reply.content_type());
    reply
}

/// Returns the missing member or the expected form. Values of the content are left out, because
/// replies end up in logs.
fn undecodable(error: &CodecError) -> String {
    let (CodecError::Decode { reason } | CodecError::Encode { reason }) = error else {
        return NO_CALL.to_owned();
    };
    match without_values(&reason.to_string()) {
        Some(part) => {
            let shown: String = part.chars().take(QUOTED_CHARACTERS).collect();
            format!("{NO_CALL}: {}", ForeignText::new(&shown))
        }
        None => NO_CALL.to_owned(),
    }
}

/// Returns the part of serde's message that depends only on the type, or `None` if there is none.
fn without_values(reason: &str) -> Option<&str> {
    if reason.starts_with("missing field ") {
        return Some(reason);
    }
    let expectation = reason.rfind(", expected ")?;
    Some(&reason[expectation + ", ".len()..])
}

/// Returns the reply for a failed signature. The reply itself is unsigned, because the caller could
/// not verify it.
pub(super) fn unsigned(error: &(dyn std::error::Error + 'static)) -> Response<Bytes> {
    let request_id = request_id();
    internal_problem("reply signer", &request_id, error).with_request_id(request_id).to_response()
}

pub(super) fn document(status: StatusCode, content: Bytes) -> Response<Bytes> {
    let mut response = Response::new(content);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, Codec::Json.content_type());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undecodable_content_is_explained_without_its_values() {
        for (reason, shown) in [
            ("missing field `y` at line 1 column 9", Some("missing field `y` at line 1 column 9")),
            (
                "invalid type: string \"a, expected b\", expected f64 at line 1 column 25",
                Some("expected f64 at line 1 column 25"),
            ),
            ("unknown variant `secret`, expected `on` or `off`", Some("expected `on` or `off`")),
            ("the key secret is taken", None),
            ("EOF while parsing an object at line 1 column 1", None),
        ] {
            assert_eq!(without_values(reason), shown, "{reason}");
        }
    }
}
