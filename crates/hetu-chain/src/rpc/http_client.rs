//! HTTP requests to one node.
//!
//! jsonrpsee's HTTP client is not used: it drops the bodies of error statuses, where many nodes put
//! their errors, and refuses envelopes that real nodes send.

use std::error::Error;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::sync::Semaphore;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, ClientConfig};

use super::TransportOptions;
use super::credentials::without_credentials;
use crate::network::RpcUrl;
use crate::text::ForeignError;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The limit of bytes that are read of an answer with an error status.
const ERROR_BYTES: usize = 1 << 20;
/// The limit of concurrent requests to one address; further ones wait within their deadline.
const CONCURRENT_CALLS: usize = 64;

/// The HTTP client for one address.
#[derive(Debug)]
pub(super) struct EndpointHttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Uri,
    headers: HeaderMap,
    /// One permit for each request in flight.
    turns: Semaphore,
    answer_bytes: usize,
}

/// An answer with any status.
#[derive(Debug)]
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    /// The pause that the server requests.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// The reason for which there is no complete answer.
#[derive(Debug)]
pub(super) enum HttpFailure {
    /// A failed or broken connection, with its innermost cause.
    Unreachable(ForeignError),
    TooLarge,
}

impl EndpointHttpClient {
    /// Creates a client that connects on its first use.
    pub(super) fn new(url: &RpcUrl, options: &TransportOptions) -> Result<Self, HttpFailure> {
        let (address, authorization) = without_credentials(url);
        let address = address.parse().map_err(unreachable)?;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, JSON), (ACCEPT, JSON)]);
        headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
        // A header of the caller replaces the one from the URL.
        for (name, value) in &options.headers_for(url) {
            headers.insert(name.clone(), value.clone());
        }
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector()?),
            address,
            headers,
            turns: Semaphore::new(CONCURRENT_CALLS),
            answer_bytes: usize::try_from(options.answer_bytes).unwrap_or(usize::MAX),
        })
    }

    /// Sends `body` and reads the complete answer, whatever its status.
    pub(super) async fn post(&self, body: Vec<u8>) -> Result<HttpAnswer, HttpFailure> {
        let _turn = self.turns.acquire().await.map_err(unreachable)?;
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.client.request(request).await.map_err(unreachable)?;
        let (head, body) = answer.into_parts();
        let (status, retry_after) = (head.status, retry_after(&head.headers));
        let body = if status.is_success() {
            read_body(body, self.answer_bytes).await?
        } else {
            // If the body cannot be read, the status is enough.
            read_body(body, self.answer_bytes.min(ERROR_BYTES)).await.unwrap_or_default()
        };
        Ok(HttpAnswer { status, retry_after, body })
    }
}

impl HttpAnswer {
    /// Returns `true` if the server limits the rate of calls.
    pub(super) fn is_throttled(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status == StatusCode::SERVICE_UNAVAILABLE && self.retry_after.is_some()
    }
}

fn connector() -> Result<HttpsConnector<HttpConnector>, HttpFailure> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let tls = tls_config().map_err(unreachable)?;
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    Ok(connector.enable_all_versions().wrap_connector(tcp))
}

fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let provider = ring::default_provider().into();
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions()?.with_platform_verifier();
    Ok(config.with_no_client_auth())
}

/// Reads a body into one buffer: a list of its pieces would take many times the memory.
async fn read_body(mut body: Incoming, most: usize) -> Result<Vec<u8>, HttpFailure> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > most {
        return Err(HttpFailure::TooLarge);
    }
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(unreachable)?.into_data() else { continue };
        if piece.len() > most - read.len() {
            return Err(HttpFailure::TooLarge);
        }
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

/// Returns the seconds of `retry-after`. A date is allowed too, but depends on two clocks.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Returns the failure with its innermost cause, which names the reason ("Connection refused"),
/// unlike the outer errors.
fn unreachable(error: impl Error + Send + Sync + 'static) -> HttpFailure {
    let mut innermost: &(dyn Error + 'static) = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    let words = innermost.to_string();
    HttpFailure::Unreachable(ForeignError::new(error).in_words(words))
}
