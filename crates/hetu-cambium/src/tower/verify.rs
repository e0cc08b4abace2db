//! The miner's side: verifies requests and signs replies.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hetu_chain::Address;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::{BoxError, Layer, Service};

use super::body::{MessageBody, Unread, passed_on, read, whole};
use crate::{
    Codec, Problem, Reason, Refusal, ReplayGuard, ReplySigner, RequestVerifier,
    Service as HetuService, SessionOffer, VerifiedRequest, fields,
};

/// The longest content of a request, unless told otherwise: 1 MiB.
const CONTENT_LIMIT: usize = 1 << 20;

/// The longest content of a reply that is signed, 64 MiB.
const REPLY_LIMIT: usize = 1 << 26;

type Authorization = dyn Fn(Address) -> Result<(), Refusal> + Send + Sync;

/// Puts the protocol in front of a service: requests are verified before the service sees them,
/// and its replies are signed.
///
/// The service gets the content whole, and finds the [`VerifiedRequest`] among the extensions of
/// the request. A reply that has a `Signature` already, such as an
/// [event stream](crate::ReplySigner::open_stream), is passed on as it is. Where the verifier takes
/// sessions, the layer itself answers `POST /session`.
///
/// The layer waits for the content as long as the server does: put a limit of time around it.
#[derive(Clone)]
pub struct VerifyLayer {
    gate: Arc<Gate>,
}

struct Gate {
    verifier: RequestVerifier,
    guard: ReplayGuard,
    replies: ReplySigner,
    content_limit: usize,
    authorization: Option<Box<Authorization>>,
}

impl VerifyLayer {
    /// Verifies by `verifier` and `guard`, and signs by `replies`.
    pub fn new(verifier: RequestVerifier, guard: ReplayGuard, replies: ReplySigner) -> Self {
        let content_limit = CONTENT_LIMIT;
        Self {
            gate: Arc::new(Gate { verifier, guard, replies, content_limit, authorization: None }),
        }
    }

    /// Reads contents of up to `bytes`. 1 MiB by default.
    ///
    /// # Panics
    /// If the layer has been cloned or used.
    #[must_use]
    pub fn with_content_limit(mut self, bytes: usize) -> Self {
        self.gate_mut().content_limit = bytes;
        self
    }

    /// Asks `authorization` about the account that a request claims to be from, before its content
    /// is read and its signature verified. By default every account is served.
    ///
    /// # Panics
    /// If the layer has been cloned or used.
    #[must_use]
    pub fn with_authorization(
        mut self,
        authorization: impl Fn(Address) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.gate_mut().authorization = Some(Box::new(authorization));
        self
    }

    #[expect(clippy::expect_used, reason = "documented where it is used")]
    fn gate_mut(&mut self) -> &mut Gate {
        Arc::get_mut(&mut self.gate).expect("the layer is configured before it is used")
    }
}

impl fmt::Debug for VerifyLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifyLayer")
            .field("verifier", &self.gate.verifier)
            .field("content_limit", &self.gate.content_limit)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService { inner, gate: Arc::clone(&self.gate) }
    }
}

/// A service behind a [`VerifyLayer`].
#[derive(Clone)]
pub struct VerifyService<S> {
    inner: S,
    gate: Arc<Gate>,
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
        // The service that was asked whether it is ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let gate = Arc::clone(&self.gate);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let (verified, content) = match gate.admit(&parts, body).await {
                Ok(admitted) => admitted,
                Err(refusal) => return Ok(Problem::from(refusal).to_response().map(whole)),
            };
            if gate.opens_sessions(&parts) {
                let reply = gate.open_session(&parts, &verified, &content).await;
                return Ok(gate.sign(&verified, reply).await);
            }
            parts.extensions.insert(verified.clone());
            let reply = inner.call(Request::from_parts(parts, Full::new(content))).await?;
            Ok(gate.answer(&verified, reply).await)
        })
    }
}

impl Gate {
    /// Every check, the cheap before the dear. Nothing of a request that is refused here is kept.
    async fn admit<B>(&self, parts: &Parts, body: B) -> Result<(VerifiedRequest, Bytes), Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let mut claim = self.verifier.examine_with_store(parts).await?;
        if let Some(authorization) = &self.authorization {
            let mut refused = None;
            let is_accepted = |caller| match authorization(caller) {
                Ok(()) => true,
                Err(refusal) => {
                    refused.get_or_insert(refusal);
                    false
                }
            };
            claim =
                claim.retain_callers(is_accepted).map_err(|refusal| refused.unwrap_or(refusal))?;
        }
        let too_long = || {
            let detail = format!("the content is longer than {} bytes", self.content_limit);
            Refusal::new(Reason::ContentTooLarge, detail)
        };
        if body.size_hint().lower() > self.content_limit as u64 {
            return Err(too_long());
        }
        let content = read(body, self.content_limit).await.map_err(|unread| match unread {
            Unread::TooLong => too_long(),
            Unread::Broken(_) => {
                Refusal::new(Reason::MalformedRequest, "the content broke off or is malformed")
            }
        })?;
        let verified = self.verifier.verify(claim, &content, &self.guard).await?;
        Ok((verified, content))
    }

    fn opens_sessions(&self, parts: &Parts) -> bool {
        self.verifier.takes_sessions()
            && parts.method == Method::POST
            && parts.uri.path().strip_prefix('/') == Some(SessionOffer::NAME)
    }

    async fn open_session(
        &self,
        parts: &Parts,
        verified: &VerifiedRequest,
        content: &[u8],
    ) -> Response<Bytes> {
        let reply = async {
            let unsupported = |_| Refusal::new(Reason::UnsupportedCodec, "the codec is unknown");
            let codec = Codec::of_content(&parts.headers).map_err(unsupported)?;
            let reply_codec = Codec::of_reply(&parts.headers, codec).map_err(unsupported)?;
            self.verifier.open_session(verified, codec, content, reply_codec).await
        };
        reply.await.unwrap_or_else(|refusal| Problem::from(refusal).to_response())
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
        let (mut parts, content) = reply.into_parts();
        match self.replies.sign(verified, parts.status, &mut parts.headers, &content).await {
            Ok(()) => Response::from_parts(parts, whole(content)),
            // Without its signature the reply would be worth nothing to the caller.
            Err(_) => {
                let detail = "the reply could not be signed";
                Problem::new(Reason::InternalError, detail).to_response().map(whole)
            }
        }
    }
}
