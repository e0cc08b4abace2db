//! The layers that a request passes before it is checked and answered.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, service_fn};

use super::{Miner, ReplyBody};

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

    pub(crate) fn around(self, miner: &Arc<Miner>) -> MinerService {
        let miner = Arc::clone(miner);
        let answer = service_fn(move |request| {
            let miner = Arc::clone(&miner);
            async move { Ok(miner.answer(request).await) }
        });
        self.0.into_iter().fold(MinerService::new(answer), |inner, wrap| wrap(inner))
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Layers({})", self.0.len())
    }
}
