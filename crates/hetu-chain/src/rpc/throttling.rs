//! Hears when a server asks to be left alone for a while.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use jsonrpsee::core::http_helpers::HttpError;
use jsonrpsee::http_client::transport::Error as TransportError;
use jsonrpsee::http_client::{HttpRequest, HttpResponse};
use tower::{Layer, Service};

/// The server answered 429, or 503 with a time after which to come back.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server limits the rate of calls")]
pub(super) struct Throttled {
    pub(super) retry_after: Option<Duration>,
}

/// Turns such answers into [`Throttled`], because the client above drops their headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct HearThrottling;

impl<S> Layer<S> for HearThrottling {
    type Service = ThrottlingHeard<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ThrottlingHeard(inner)
    }
}

#[derive(Clone, Debug)]
pub(super) struct ThrottlingHeard<S>(S);

impl<S, B> Service<HttpRequest> for ThrottlingHeard<S>
where
    S: Service<HttpRequest, Response = HttpResponse<B>, Error = TransportError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            match throttled(answer.status(), answer.headers()) {
                Some(throttled) => {
                    Err(TransportError::Http(HttpError::Stream(Box::new(throttled))))
                }
                None => Ok(answer),
            }
        })
    }
}

fn throttled(status: StatusCode, headers: &HeaderMap) -> Option<Throttled> {
    // A date is allowed too, but says nothing to whose clock differs.
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let retry_after = seconds.map(Duration::from_secs);
    let is_throttled = status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::SERVICE_UNAVAILABLE && retry_after.is_some();
    is_throttled.then_some(Throttled { retry_after })
}
