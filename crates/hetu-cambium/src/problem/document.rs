//! Problem documents, the bodies of refusals.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use hetu_chain::Retryable;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::{Reason, Refusal};
use crate::fields;

const MEDIA_TYPE: &str = "application/problem+json";

/// Maximum bytes of a problem that is read.
const LONGEST: usize = 64 * 1024;

/// The signature that a caller must make, as a refusal for coverage advertises it.
const ACCEPTED_SIGNATURE: &str = "hetu=(\"@scheme\" \"@authority\" \"@method\" \"@path\" \
    \"@query\" \"content-digest\" \"content-type\" \"cambium-version\" \"hetu-netuid\" \
    \"hetu-recipient\" \"hetu-timeout-ms\");created;expires;tag=\"erc8128\"";

/// A problem document (RFC 9457) with the members of this protocol.
///
/// Unknown members are ignored when a document is read, so that peers can add members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    #[serde(rename = "type", default = "blank_type", skip_serializing_if = "is_blank")]
    kind: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    title: Cow<'static, str>,
    #[serde(default)]
    status: u16,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    detail: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    reason: Cow<'static, str>,
    #[serde(default)]
    retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    services: Vec<String>,
    #[serde(skip)]
    headers: HeaderMap,
}

fn blank_type() -> Cow<'static, str> {
    Cow::Borrowed("about:blank")
}

fn is_blank(kind: &str) -> bool {
    kind == "about:blank"
}

impl Problem {
    /// Creates a problem for `reason`, with the status of that reason.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Refusal::new(reason, detail).into()
    }

    /// Sets the names of the services that the miner offers.
    #[must_use]
    pub fn with_services(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.services = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the id of the request in the miner's log.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// Returns a URI for the kind of problem, or `about:blank` if the status is sufficient.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns a short summary of the kind of problem, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the status, a copy of that of the reply.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns the details of the problem, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the code of the problem, or `None` if this crate does not know it.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.parse().ok()
    }

    /// Returns the code of the problem as it was sent, or an empty text without a code.
    pub fn reason_text(&self) -> &str {
        &self.reason
    }

    /// Returns `true` if the same call may succeed later, with a new signature.
    pub const fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// Returns the id of the request in the miner's log.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Returns the services of the miner, which are set if it does not offer the called one.
    pub fn services(&self) -> &[String] {
        &self.services
    }

    /// Parses the problem of a reply, or returns `None` if the reply holds none.
    ///
    /// The content is untrusted until the signature of the reply has been verified.
    pub fn parse(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = content_type.split(';').next()?.trim();
        if !essence.eq_ignore_ascii_case(MEDIA_TYPE) || body.len() > LONGEST {
            return None;
        }
        serde_json::from_slice(body).ok()
    }

    /// Creates the reply that carries this problem: the document, the challenge of a 401 and
    /// `Retry-After`. The reply must not be cached. Its extensions hold the [`Reason`], for layers.
    pub fn to_response(&self) -> Response<Bytes> {
        #[expect(clippy::expect_used, reason = "strings, numbers and a list of strings")]
        let body = serde_json::to_vec(self).expect("JSON");
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(reason) = self.reason() {
            response.extensions_mut().insert(reason);
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (reason, status) = (refusal.reason(), refusal.status());
        let mut headers = HeaderMap::new();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, challenge(&refusal));
        }
        if reason == Reason::InsufficientCoverage {
            let accepted = HeaderValue::from_static(ACCEPTED_SIGNATURE);
            headers.insert(fields::ACCEPT_SIGNATURE, accepted);
        }
        if let Some(retry_after) = refusal.retry_after() {
            headers.insert(RETRY_AFTER, whole_seconds(retry_after).into());
        }
        Self {
            kind: blank_type(),
            title: status.canonical_reason().unwrap_or_default().into(),
            status: status.as_u16(),
            reason: reason.as_str().into(),
            retryable: refusal.retryability().is_retryable(),
            detail: refusal.into_detail(),
            request_id: None,
            services: Vec::new(),
            headers,
        }
    }
}

/// Returns the `WWW-Authenticate` field of ERC-8128, section 6.
fn challenge(refusal: &Refusal) -> HeaderValue {
    let mut text = format!("ERC8128 error=\"{}\"", refusal.reason());
    if let Some(chain) = refusal.served_chain() {
        text.push_str(&format!(", chains=\"eip155:{chain}\""));
    }
    if matches!(refusal.reason(), Reason::UnsupportedChain | Reason::UnsupportedAccount) {
        text.push_str(", account=\"eoa-only\"");
    }
    #[expect(clippy::expect_used, reason = "codes and numbers are visible ASCII")]
    HeaderValue::try_from(text).expect("a field value")
}

/// Rounds up to whole seconds, because a caller that returns early is refused again.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use hetu_chain::ChainId;

    use super::*;

    fn field<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[test]
    fn a_problem_survives_the_wire() {
        let sent = Problem::new(Reason::UnknownService, "no such service")
            .with_services(["math-sum", "echo"])
            .with_request_id("r-1");
        let response = sent.to_response();
        assert_eq!(response.status(), 404);
        assert_eq!(field(&response, "content-type"), Some("application/problem+json"));
        assert_eq!(field(&response, "cache-control"), Some("no-store"));
        assert_eq!(response.extensions().get(), Some(&Reason::UnknownService));
        let received = Problem::parse(response.headers(), response.body()).unwrap();
        assert_eq!(received, sent);
        assert_eq!(received.reason(), Some(Reason::UnknownService));
        assert_eq!(received.services(), ["math-sum", "echo"]);
        assert_eq!(received.title(), "Not Found");
        assert!(!received.is_retryable());
    }

    #[test]
    fn unknown_members_and_reasons_are_taken_as_they_come() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("Application/Problem+JSON; v=1"));
        let body = br#"{"status":418,"reason":"tea_time","cups":2,"retryable":true}"#;
        let problem = Problem::parse(&headers, body).unwrap();
        assert_eq!((problem.status(), problem.reason()), (418, None));
        assert_eq!((problem.reason_text(), problem.kind()), ("tea_time", "about:blank"));
        assert!(problem.is_retryable());
        assert_eq!(Problem::parse(&headers, b"<html>"), None);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert_eq!(Problem::parse(&headers, body), None);
    }

    #[test]
    fn a_401_challenges_with_the_code() {
        let response = Problem::new(Reason::BadSignature, "").to_response();
        assert_eq!(field(&response, "www-authenticate"), Some("ERC8128 error=\"bad_signature\""));
        let refusal =
            Refusal::new(Reason::UnsupportedChain, "").with_served_chain(ChainId::new(560_000));
        let response = Problem::from(refusal).to_response();
        assert_eq!(
            field(&response, "www-authenticate"),
            Some(
                "ERC8128 error=\"unsupported_chain\", chains=\"eip155:560000\", account=\"eoa-only\""
            )
        );
        let response = Problem::new(Reason::SignatureTooLarge, "").to_response();
        assert_eq!((response.status().as_u16(), field(&response, "www-authenticate")), (400, None));
    }

    #[test]
    fn a_refusal_for_coverage_says_what_to_cover() {
        let response = Problem::new(Reason::InsufficientCoverage, "").to_response();
        let accepted = field(&response, "accept-signature").unwrap();
        let (_, input) = accepted.split_once('=').unwrap();
        assert!(crate::rfc9421::SignatureInput::parse(input).is_ok(), "{accepted}");
    }

    #[test]
    fn retry_after_is_rounded_up() {
        let refusal = Refusal::new(Reason::Overloaded, "");
        let refusal = refusal.with_retry_after(Duration::from_millis(1_001));
        let response = Problem::from(refusal).to_response();
        assert_eq!(field(&response, "retry-after"), Some("2"));
        // A store outside of the process may return any duration.
        let refusal = Refusal::new(Reason::Overloaded, "").with_retry_after(Duration::MAX);
        let response_of_store = Problem::from(refusal).to_response();
        let longest = u64::MAX.to_string();
        assert_eq!(field(&response_of_store, "retry-after"), Some(longest.as_str()));
        assert_eq!(response.status(), 503);
    }
}
