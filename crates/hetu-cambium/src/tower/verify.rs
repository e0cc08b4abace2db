//! The miner's layer, which verifies requests and signs replies.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hetu_chain::Address;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::{BoxError, Layer, Service};

use super::body::{MessageBody, UnreadBody, passed_on, read, whole};
use crate::server::RequestPipeline;
use crate::{
    OpenResource, Problem, Reason, Refusal, ReplayGuard, ReplySigner, RequestVerifier,
    VerifiedRequest, fields,
};

/// The default maximum size of the content of a request: 1 MiB.
const CONTENT_LIMIT: usize = 1 << 20;

/// Maximum size of the content of a request for an open resource. The protocol defines no content
/// for it.
const OPEN_CONTENT_LIMIT: usize = 1 << 10;

/// Maximum size of the content of a reply that is signed, 64 MiB.
const REPLY_LIMIT: usize = 1 << 26;

type Authorization = dyn Fn(Address) -> Result<(), Refusal> + Send + Sync;

/// A layer that adds the protocol to a service: it verifies requests before the service receives
/// them, and signs the service's replies.
///
/// Requests for [open resources](OpenResource) may have no signature. The service then answers them
/// without a [`VerifiedRequest`], and the reply is not signed. Section 10 of the protocol requires
/// `/ping` and `/.well-known/hetu` of every miner.
///
/// The service receives the complete content, and the [`VerifiedRequest`] in the extensions of the
/// request. A reply that already has a `Signature`, such as an [event
/// stream](crate::ReplySigner::open_stream), is passed through unchanged. If the verifier accepts
/// sessions, the layer itself answers `POST /session`.
///
/// The layer has no timeout for the content: add one around it.
#[derive(Clone)]
pub struct VerifyLayer {
    pipeline: Arc<RequestPipeline>,
    content_limit: usize,
    authorization: Option<Arc<Authorization>>,
}

impl VerifyLayer {
    /// Creates a layer that verifies with `verifier` and `guard`, and signs with `replies`.
    pub fn new(verifier: RequestVerifier, guard: ReplayGuard, replies: ReplySigner) -> Self {
        RequestPipeline::new(verifier, guard, replies).into()
    }

    /// Sets the maximum size of contents. The default is 1 MiB.
    #[must_use]
    pub const fn with_content_limit(mut self, bytes: usize) -> Self {
        self.content_limit = bytes;
        self
    }

    /// Sets an authorization check of the claimed account, which runs before the request is hashed,
    /// its content is read or its signature is verified. By default every account is served.
    #[must_use]
    pub fn with_authorization(
        mut self,
        authorization: impl Fn(Address) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.authorization = Some(Arc::new(authorization));
        self
    }
}

impl From<RequestPipeline> for VerifyLayer {
    /// Creates a layer around `pipeline`, with the limits of the pipeline.
    fn from(pipeline: RequestPipeline) -> Self {
        Self { pipeline: Arc::new(pipeline), content_limit: CONTENT_LIMIT, authorization: None }
    }
}

impl fmt::Debug for VerifyLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifyLayer")
            .field("pipeline", &self.pipeline)
            .field("content_limit", &self.content_limit)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService { inner, layer: self.clone() }
    }
}

/// A service behind a [`VerifyLayer`].
#[derive(Clone)]
pub struct VerifyService<S> {
    inner: S,
    layer: VerifyLayer,
}

impl<S: fmt::Debug> fmt::Debug for VerifyService<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("VerifyService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<MessageBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that reported to be ready is the one that must be called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            if OpenResource::of_unsigned(&parts).is_some() {
                return match read(body, OPEN_CONTENT_LIMIT).await {
                    Ok(content) => {
                        let request = Request::from_parts(parts, Full::new(content));
                        Ok(inner.call(request).await?.map(passed_on))
                    }
                    Err(unread) => Ok(unread_content(&unread, OPEN_CONTENT_LIMIT)),
                };
            }
            let (verified, content) = match layer.admit(&parts, body).await {
                Ok(admitted) => admitted,
                Err(refusal) => return Ok(Problem::from(refusal).to_response().map(whole)),
            };
            if layer.pipeline.opens_session(&parts) {
                let opened = layer.pipeline.open_session(&parts, &verified, &content).await;
                let reply = opened.unwrap_or_else(|refusal| Problem::from(refusal).to_response());
                return Ok(layer.sign(&verified, reply).await);
            }
            parts.extensions.insert(verified.clone());
            let reply = inner.call(Request::from_parts(parts, Full::new(content))).await?;
            Ok(layer.answer(&verified, reply).await)
        })
    }
}

fn unread_refusal(unread: &UnreadBody, limit: usize) -> Refusal {
    match unread {
        UnreadBody::TooLong => {
            let detail = format!("the content is longer than {limit} bytes");
            Refusal::new(Reason::ContentTooLarge, detail)
        }
        UnreadBody::Broken(_) => {
            Refusal::new(Reason::MalformedRequest, "the content broke off or is malformed")
        }
    }
}

fn unread_content(unread: &UnreadBody, limit: usize) -> Response<MessageBody> {
    Problem::from(unread_refusal(unread, limit)).to_response().map(whole)
}

impl VerifyLayer {
    /// Runs every check, cheapest first. Keeps no state of a request that is refused here.
    async fn admit<B>(&self, parts: &Parts, body: B) -> Result<(VerifiedRequest, Bytes), Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let claim = self.pipeline.examine(parts).await?;
        if let Some(authorization) = &self.authorization {
            authorization(claim.claimed_caller())?;
        }
        let limit = self.content_limit;
        if body.size_hint().lower() > limit as u64 {
            return Err(unread_refusal(&UnreadBody::TooLong, limit));
        }
        let claim = claim.bind()?;
        let content = read(body, limit).await.map_err(|unread| unread_refusal(&unread, limit))?;
        let verified = self.pipeline.admit(claim, &content).await?;
        Ok((verified, content))
    }

    async fn answer<R>(
        &self,
        verified: &VerifiedRequest,
        reply: Response<R>,
    ) -> Response<MessageBody>
    where
        R: Body<Data = Bytes> + Send + 'static,
        R::Error: Into<BoxError>,
    {
        if reply.headers().contains_key(fields::SIGNATURE) {
            return reply.map(passed_on);
        }
        let (parts, body) = reply.into_parts();
        let reply = match read(body, REPLY_LIMIT).await {
            Ok(content) => Response::from_parts(parts, content),
            Err(_) => {
                let detail = "the service did not finish its reply";
                Problem::new(Reason::InternalError, detail).to_response()
            }
        };
        self.sign(verified, reply).await
    }

    async fn sign(
        &self,
        verified: &VerifiedRequest,
        reply: Response<Bytes>,
    ) -> Response<MessageBody> {
        match self.pipeline.sign(verified, reply).await {
            Ok(reply) => reply.map(whole),
            // The caller would refuse the reply without its signature.
            Err(_) => {
                let detail = "the reply could not be signed";
                Problem::new(Reason::InternalError, detail).to_response().map(whole)
            }
        }
    }
}
