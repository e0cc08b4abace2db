//! The layers of the operator, around the whole request pipeline.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use hetu_cambium::TraceContext;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::arrival::RequestSource;
use super::reply_body::ReplyBody;
use super::unverified::RequestCharge;
use crate::network::RemoteAddress;
use crate::telemetry::RequestId;

/// A service that answers requests, with or without layers around it.
pub type MinerService = BoxCloneSyncService<Request<Incoming>, Response<ReplyBody>, Infallible>;

/// A step that answers requests inside the layers.
///
/// This is a trait so that the outer steps of a request do not depend on the inner ones.
pub(super) trait AnswerRequest: Send + Sync + 'static {
    /// Answers a request. Every failure is a reply.
    fn answer_request(
        &self,
        request: Request<Incoming>,
        source: RequestSource,
    ) -> impl Future<Output = Response<ReplyBody>> + Send;
}

/// Layers of the operator. The last one is the outermost.
#[derive(Default)]
pub(crate) struct Layers(Vec<Box<dyn FnOnce(MinerService) -> MinerService + Send>>);

impl Layers {
    pub(crate) fn push<L>(&mut self, layer: L)
    where
        L: Layer<MinerService> + Send + 'static,
        L::Service: Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<Request<Incoming>>>::Future: Send + 'static,
    {
        self.0.push(Box::new(move |inner| MinerService::new(layer.layer(inner))));
    }

    pub(super) fn around<A: AnswerRequest>(self, answer: Arc<A>) -> Layered<A> {
        if self.0.is_empty() {
            return Layered::Bare(answer);
        }
        let answer = service_fn(move |request: Request<Incoming>| {
            let answer = Arc::clone(&answer);
            async move {
                let extensions = request.extensions();
                let source = RequestSource {
                    remote: extensions.get().copied(),
                    charge: extensions.get().cloned(),
                };
                Ok(answer.answer_request(request, source).await)
            }
        });
        let innermost = MinerService::new(answer);
        Layered::Layered(self.0.into_iter().fold(innermost, |inner, wrap| wrap(inner)))
    }
}

/// An answering step with its layers. A miner without layers calls the step directly, and avoids a
/// boxed future.
pub(super) enum Layered<A> {
    Bare(Arc<A>),
    Layered(MinerService),
}

/// The properties of a request that its connection provides.
#[derive(Debug)]
pub(super) struct RequestOrigin {
    pub(super) remote: RemoteAddress,
    pub(super) charge: RequestCharge,
    pub(super) id: RequestId,
    pub(super) trace: Option<TraceContext>,
}

impl<A: AnswerRequest> Layered<A> {
    pub(super) async fn answer(
        self,
        mut request: Request<Incoming>,
        origin: RequestOrigin,
    ) -> Response<ReplyBody> {
        let RequestOrigin { remote, charge, id, trace } = origin;
        match self {
            Self::Bare(answer) => {
                let source = RequestSource { remote: Some(remote), charge: Some(charge) };
                answer.answer_request(request, source).await
            }
            Self::Layered(service) => {
                let extensions = request.extensions_mut();
                extensions.insert(remote);
                extensions.insert(charge);
                extensions.insert(id);
                if let Some(trace) = trace {
                    extensions.insert(trace);
                }
                let Ok(response) = service.oneshot(request).await;
                response
            }
        }
    }
}

impl<A> Clone for Layered<A> {
    fn clone(&self) -> Self {
        match self {
            Self::Bare(answer) => Self::Bare(Arc::clone(answer)),
            Self::Layered(service) => Self::Layered(service.clone()),
        }
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Layers({})", self.0.len())
    }
}
