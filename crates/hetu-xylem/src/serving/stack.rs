//! The layers that a request passes before it is checked and answered.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use hetu_cambium::TraceContext;
use http::{Request, Response};
use hyper::body::Incoming;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::unverified::RequestCharge;
use super::{Miner, RemoteAddress, ReplyBody};
use crate::RequestId;

/// What answers a request, with or without layers around it.
pub type MinerService = BoxCloneSyncService<Request<Incoming>, Response<ReplyBody>, Infallible>;

/// Layers of the operator, the last one outermost.
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

    pub(super) fn around(self, miner: &Arc<Miner>) -> Stack {
        let miner = Arc::clone(miner);
        if self.0.is_empty() {
            return Stack::Bare(miner);
        }
        let answer = service_fn(move |request: Request<Incoming>| {
            let miner = Arc::clone(&miner);
            async move {
                let extensions = request.extensions();
                let sender = RequestSource {
                    remote: extensions.get().copied(),
                    charge: extensions.get().cloned(),
                };
                Ok(miner.answer(request, sender).await)
            }
        });
        Stack::Layered(
            self.0.into_iter().fold(MinerService::new(answer), |inner, wrap| wrap(inner)),
        )
    }
}

/// What answers requests. A miner without layers is asked as it is, and pays nothing for those that
/// it could have.
#[derive(Clone)]
pub(super) enum Stack {
    Bare(Arc<Miner>),
    Layered(MinerService),
}

/// What a connection knows of a request.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) remote: RemoteAddress,
    pub(super) charge: RequestCharge,
    pub(super) id: RequestId,
    pub(super) trace: Option<TraceContext>,
}

/// The peer that sent a request. Layers of the operator may have removed either.
#[derive(Debug, Default)]
pub(crate) struct RequestSource {
    pub(super) remote: Option<RemoteAddress>,
    pub(super) charge: Option<RequestCharge>,
}

impl RequestSource {
    /// The address that pays for the request. Requests of unknown origin share one.
    pub(super) fn address(&self) -> IpAddr {
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        self.remote.map_or(unknown, |RemoteAddress(address)| address.ip())
    }

    /// The signature of the request is verified.
    pub(super) fn verified(&self) {
        if let Some(charge) = &self.charge {
            charge.verified();
        }
    }

    /// The queue bounds the request from now on.
    pub(super) fn release(&self) {
        if let Some(charge) = &self.charge {
            charge.release();
        }
    }
}

impl Stack {
    pub(super) async fn answer(
        self,
        mut request: Request<Incoming>,
        origin: Origin,
    ) -> Response<ReplyBody> {
        let Origin { remote, charge, id, trace } = origin;
        match self {
            Self::Bare(miner) => {
                let sender = RequestSource { remote: Some(remote), charge: Some(charge) };
                miner.answer(request, sender).await
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

impl fmt::Debug for Layers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Layers({})", self.0.len())
    }
}
