//! The caller's layer, which signs requests and verifies replies.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hetu_chain::{Clock, Retryability, Retryable, SystemClock};
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use tower::{BoxError, Layer, Service};

use super::body::{UnreadBody, read};
use crate::{Envelope, Problem, ReplyRefusal, RequestSigner, SigningError};

/// The default maximum size of a message: 8 MiB.
const CONTENT_LIMIT: usize = 1 << 23;

/// A layer that adds the protocol to a client: it signs requests before they are sent, and verifies
/// replies before they are returned.
///
/// An [`Envelope`] in the extensions of a request sets its recipient. Without one, the envelope of
/// the layer applies. A layer that retries requests belongs outside of this one, so that each
/// attempt is signed again. Streams are not read: see [`PendingReply::verify_stream`].
///
/// [`PendingReply::verify_stream`]: crate::PendingReply::verify_stream
#[derive(Clone, Debug)]
pub struct SignLayer {
    signer: RequestSigner,
    envelope: Envelope,
    content_limit: usize,
    clock: Arc<dyn Clock>,
}

impl SignLayer {
    /// Creates a layer that signs with `signer` for the miner in `envelope`.
    pub fn new(signer: RequestSigner, envelope: Envelope) -> Self {
        Self { signer, envelope, content_limit: CONTENT_LIMIT, clock: Arc::new(SystemClock) }
    }

    /// Sets the maximum size of contents. The default is 8 MiB.
    #[must_use]
    pub const fn with_content_limit(mut self, bytes: usize) -> Self {
        self.content_limit = bytes;
        self
    }

    /// Sets the clock for the verification of replies. The default is the clock of the operating
    /// system.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl<S> Layer<S> for SignLayer {
    type Service = SignService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SignService { inner, layer: self.clone() }
    }
}

/// A client behind a [`SignLayer`].
#[derive(Clone)]
pub struct SignService<S> {
    inner: S,
    layer: SignLayer,
}

impl<S: fmt::Debug> fmt::Debug for SignService<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for SignService<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = SignError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, SignError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), SignError>> {
        self.inner.poll_ready(context).map_err(|error| SignError::Transport(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that reported to be ready is the one that must be called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let content = layer.read(body).await?;
            let envelope = parts.extensions.get().copied().unwrap_or(layer.envelope);
            let pending = layer.signer.sign(&mut parts, &content, &envelope).await?;
            let sent = inner.call(Request::from_parts(parts, Full::new(content))).await;
            let (parts, body) =
                sent.map_err(|error| SignError::Transport(error.into()))?.into_parts();
            let content = layer.read(body).await?;
            match pending.verify(parts.status, &parts.headers, &content, &*layer.clock) {
                Ok(()) => Ok(Response::from_parts(parts, Full::new(content))),
                Err(refusal) => Err(SignError::Untrusted {
                    refusal,
                    status: parts.status,
                    problem: Problem::parse(&parts.headers, &content).map(Box::new),
                }),
            }
        })
    }
}

impl SignLayer {
    async fn read<B>(&self, body: B) -> Result<Bytes, SignError>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        read(body, self.content_limit).await.map_err(|unread| match unread {
            UnreadBody::TooLong => SignError::TooLarge { limit: self.content_limit },
            UnreadBody::Broken(error) => SignError::Transport(error),
        })
    }
}

/// A reason why a client behind a [`SignLayer`] has no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A request that could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A content that is longer than the limit of the layer.
    #[error("the content is longer than {limit} bytes")]
    TooLarge {
        /// Maximum bytes of a content.
        limit: usize,
    },
    /// A failure of the inner client.
    #[error("there is no reply: {0}")]
    Transport(BoxError),
    /// A reply without a valid signature of the miner. A refusal from before the request was
    /// verified is not signed, so `problem` may come from the miner or from any proxy.
    #[error("the reply cannot be trusted: {refusal}")]
    Untrusted {
        /// The fault of the reply.
        refusal: ReplyRefusal,
        /// The status of the reply.
        status: StatusCode,
        /// The refusal in the reply, or `None` if it holds none.
        problem: Option<Box<Problem>>,
    },
}

impl Retryable for SignError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Signing(error) => error.retryability(),
            Self::TooLarge { .. } => Retryability::Final,
            Self::Transport(_) => Retryability::Retryable,
            Self::Untrusted { problem: Some(problem), .. } if !problem.is_retryable() => {
                Retryability::Final
            }
            Self::Untrusted { refusal, .. } => refusal.retryability(),
        }
    }
}
