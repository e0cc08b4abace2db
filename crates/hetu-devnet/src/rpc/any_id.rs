//! Request ids of any kind, and notifications, over HTTP.
//!
//! The server reads ids that are strings, null, or whole numbers below 2^64, and treats a request
//! with any other id as a notification. JSON-RPC allows every number, and clients send the results
//! of `random()` and clocks. So such an id is replaced by a string in the request, and restored in
//! the answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap};
use http::{Method, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jsonrpsee::core::BoxError;
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse, http::response};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use tower::Service;

/// The answers of the server to a notification, which JSON-RPC does not define.
const ACKNOWLEDGED: [&[u8]; 2] = [b"null", b"[]"];

/// A service that answers requests with ids of any kind.
#[derive(Clone, Debug)]
pub(super) struct AnyId<S> {
    pub(super) inner: S,
    /// Maximum length of a request, in bytes.
    pub(super) limit: u32,
}

impl<S> Service<HttpRequest> for AnyId<S>
where
    S: Service<HttpRequest, Response = HttpResponse, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        // The service that reported readiness is the one to call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let limit = self.limit;
        if request.method() != Method::POST || is_too_long(request.headers(), limit) {
            return Box::pin(inner.call(request));
        }
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let content = match Limited::new(body, limit as usize).collect().await {
                Ok(content) => content.to_bytes(),
                Err(error) if error.is::<LengthLimitError>() => {
                    return Ok(response::too_large(limit));
                }
                Err(_) => return Ok(response::malformed()),
            };
            let (content, ids) = Ids::exchange(content);
            parts.headers.remove(CONTENT_LENGTH);
            let request = HttpRequest::from_parts(parts, HttpBody::from(content.to_vec()));
            let (parts, body) = inner.call(request).await?.into_parts();
            let answer = body.collect().await?.to_bytes();
            let answer =
                if ACKNOWLEDGED.contains(&&*answer) { Vec::new() } else { ids.put_back(answer) };
            Ok(Response::from_parts(parts, HttpBody::from(answer)))
        })
    }
}

fn is_too_long(headers: &HeaderMap, limit: u32) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    length.is_some_and(|length: u64| length > u64::from(limit))
}

/// The ids that the server does not read, by the strings that replace them.
#[derive(Debug, Default)]
struct Ids(BTreeMap<String, Box<RawValue>>);

type Members<'json> = BTreeMap<Cow<'json, str>, Cow<'json, RawValue>>;

#[derive(Deserialize)]
struct Identified<'json> {
    #[serde(borrow)]
    id: &'json RawValue,
}

impl Ids {
    /// Replaces ids that the server does not read. Content without such ids is returned unchanged.
    fn exchange(content: Bytes) -> (Bytes, Self) {
        let mut ids = Self::default();
        let exchanged = each_message(&content, |message| ids.exchange_in(message));
        (exchanged.map_or(content, Bytes::from), ids)
    }

    fn exchange_in(&mut self, message: &RawValue) -> Option<Box<RawValue>> {
        let Identified { id } = serde_json::from_str(message.get()).ok()?;
        let is_number = id.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if id.get().starts_with(['"', 'n']) || id.get().parse::<u64>().is_ok() {
            return None;
        }
        if !is_number {
            // Replaced by an invalid request. Unchanged, the server would treat it as a
            // notification.
            return RawValue::from_string(r#"{"id":null}"#.to_owned()).ok();
        }
        let text = format!("hetu-devnet-id-{}", self.0.len());
        let mut members: Members<'_> = serde_json::from_str(message.get()).ok()?;
        members.insert("id".into(), Cow::Owned(to_raw_value(&text).ok()?));
        let exchanged = to_raw_value(&members).ok()?;
        self.0.insert(text, id.to_owned());
        Some(exchanged)
    }

    fn put_back(&self, answer: Bytes) -> Vec<u8> {
        if self.0.is_empty() {
            return answer.to_vec();
        }
        let put_back = each_message(&answer, |message| self.put_back_in(message));
        put_back.unwrap_or_else(|| answer.to_vec())
    }

    fn put_back_in(&self, message: &RawValue) -> Option<Box<RawValue>> {
        let Identified { id } = serde_json::from_str(message.get()).ok()?;
        let text: Cow<'_, str> = serde_json::from_str(id.get()).ok()?;
        let id = self.0.get(&*text)?;
        let mut members: Members<'_> = serde_json::from_str(message.get()).ok()?;
        members.insert("id".into(), Cow::Owned(id.clone()));
        to_raw_value(&members).ok()
    }
}

/// Changes the messages of `content`, one or a batch. Returns `None` if none changes, or if it is
/// not JSON.
fn each_message(
    content: &[u8],
    mut change: impl FnMut(&RawValue) -> Option<Box<RawValue>>,
) -> Option<Vec<u8>> {
    if !content.trim_ascii_start().starts_with(b"[") {
        let changed = change(serde_json::from_slice(content).ok()?)?;
        return Some(Box::<str>::from(changed).into_boxed_bytes().into_vec());
    }
    let messages: Vec<&RawValue> = serde_json::from_slice(content).ok()?;
    let changed: Vec<_> = messages.iter().map(|message| change(message)).collect();
    if changed.iter().all(Option::is_none) {
        return None;
    }
    let all = messages.into_iter().zip(&changed);
    let all: Vec<_> = all.map(|(message, changed)| changed.as_deref().unwrap_or(message)).collect();
    serde_json::to_vec(&all).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanged(content: &'static str) -> (String, Ids) {
        let (content, ids) = Ids::exchange(Bytes::from_static(content.as_bytes()));
        (String::from_utf8(content.to_vec()).unwrap(), ids)
    }

    #[test]
    fn id_that_server_reads_stays() {
        for content in [
            r#"{"jsonrpc": "2.0", "id": 18446744073709551615, "method": "a"}"#,
            r#"{"jsonrpc": "2.0", "id": "1e3", "method": "a"}"#,
            r#"{"jsonrpc": "2.0", "id": null, "method": "a"}"#,
            r#"{"jsonrpc": "2.0", "method": "a"}"#,
            r#"[{"id": 1}, 7, "id"]"#,
            "{",
            "",
        ] {
            let (changed, ids) = exchanged(content);
            assert_eq!((changed.as_str(), ids.0.len()), (content, 0));
        }
    }

    #[test]
    fn other_number_is_exchanged_and_put_back() {
        let content = r#"[{"id":-1,"params":[1.50]},{"id":18446744073709551616},{"id":2}]"#;
        let (changed, ids) = exchanged(content);
        assert_eq!(ids.0.len(), 2);
        assert!(changed.contains("1.50") && changed.contains(r#"{"id":2}"#), "{changed}");
        let back = ids.put_back(Bytes::from(changed));
        assert_eq!(String::from_utf8(back).unwrap(), content);
    }
}
