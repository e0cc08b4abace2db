//! The client itself.

mod json;

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{DiscoveryDocument, Service, StreamService};
use hetu_chain::{Address, Hetutensor};
use hetu_metastruct::Metastruct;

use crate::attempt::SignedCall;
use crate::exchange::{Exchanger, Terms};
use crate::health::{HealthMonitor, ReadyProbe, watch};
use crate::roster::TargetSync;
use crate::trace;
use crate::{
    Answer, Broadcast, BroadcastOptions, Explanation, NetworkHealth, PhloemBuilder, QueryError,
    ReplyStream, RouteError, RouteOptions, Routed, Router, Target,
};

/// A validator's client: finds the miners of a subnet and queries them. Clones share
/// connections and picture.
///
/// Every request is signed by the validator's wallet, and every reply is verified to be the
/// registered miner's answer to that request before it is decoded.
#[derive(Clone, Debug)]
pub struct Phloem {
    metastruct: Metastruct,
    exchanger: Exchanger,
    router: Router,
    roster: Arc<TargetSync>,
    _monitor: Option<Arc<HealthMonitor>>,
}

impl Phloem {
    /// A client over the connection `hetu`, which needs a wallet.
    pub fn builder(hetu: Hetutensor) -> PhloemBuilder {
        PhloemBuilder::new(hetu)
    }

    /// Looks after miners that no request goes to every `probe_interval`, if there is one.
    pub(crate) fn new(
        metastruct: Metastruct,
        exchanger: Exchanger,
        router: Router,
        probe_interval: Option<Duration>,
    ) -> Self {
        let roster = Arc::new(TargetSync::default());
        let monitor = probe_interval.map(|pause| {
            let probe = ReadyProbe(exchanger.clone());
            let (metastruct, roster) = (metastruct.clone(), Arc::clone(&roster));
            let follow = {
                let router = router.clone();
                move || roster.follow(&metastruct, &router)
            };
            let watching = watch(router.clone(), probe, pause, follow);
            Arc::new(HealthMonitor(tokio::spawn(watching)))
        });
        Self { metastruct, exchanger, router, roster, _monitor: monitor }
    }

    /// The router, with the miners of the newest view.
    fn router(&self) -> &Router {
        self.roster.follow(&self.metastruct, &self.router);
        &self.router
    }

    fn call<'a, S: Service>(&'a self, request: &'a S::Request) -> SignedCall<'a, S> {
        let trace = trace::of_call();
        SignedCall { exchanger: &self.exchanger, request, trace, only_if_undone: false }
    }

    /// The picture of the subnet that the client works by.
    pub const fn metastruct(&self) -> &Metastruct {
        &self.metastruct
    }

    /// The account that signs its requests.
    pub fn validator(&self) -> Address {
        self.exchanger.account()
    }

    /// The active miners that serve somewhere, by falling stake.
    pub fn discover(&self) -> Vec<Target> {
        let view = self.metastruct.view();
        view.miners().iter().filter_map(|miner| Target::of(miner)).collect()
    }

    /// Asks one miner, once.
    ///
    /// Cancel safety: dropping the future closes the connection; the miner may have done the
    /// work already.
    ///
    /// # Errors
    /// [`QueryError`]. Nothing is asked twice: see
    /// [`QueryError::retryability`](hetu_chain::Retryable::retryability).
    pub async fn query<S>(
        &self,
        target: &Target,
        request: S,
    ) -> Result<Answer<S::Reply>, QueryError>
    where
        S: Service<Request = S>,
    {
        self.query_service::<S>(target, &request).await
    }

    /// As [`Phloem::query`], for a service whose request is a type of its own.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn query_service<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let permit = self.router().selection().permit_for(target);
        let (limit, terms) = (self.exchanger.deadline(), Terms::of(trace::of_call()));
        let answer = self.exchanger.exchange::<S>(target, request, limit, terms).await;
        if let Some(permit) = permit {
            permit.settle(&answer, false);
        }
        answer
    }

    /// Asks one miner for a stream. Its head is verified when this returns; its items are as they
    /// come.
    ///
    /// Cancel safety: dropping the future or the stream closes it, and the miner stops working.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn stream<S>(
        &self,
        target: &Target,
        request: S,
    ) -> Result<ReplyStream<S::Item>, QueryError>
    where
        S: StreamService<Request = S>,
    {
        self.stream_service::<S>(target, &request).await
    }

    /// As [`Phloem::stream`], for a service whose request is a type of its own.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn stream_service<S: StreamService>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<ReplyStream<S::Item>, QueryError> {
        let permit = self.router().selection().permit_for(target);
        let trace = trace::of_call();
        let stream = self.exchanger.open_stream::<S>(target, request, trace).await;
        match (stream, permit) {
            (Ok(stream), Some(permit)) => Ok(stream.counted_by(permit)),
            (Err(error), Some(permit)) => {
                permit.settle_error(&error, false);
                Err(error)
            }
            (stream, None) => stream,
        }
    }

    /// Has `target` prove that it holds the registered key, unless it did so before, and returns
    /// what it signed of itself; nothing from a miner that proves itself by its first reply.
    ///
    /// Calls do so by themselves. This is for who wants to know before.
    ///
    /// Cancel safety: the proof goes on for whoever asks next.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn prove(
        &self,
        target: &Target,
    ) -> Result<Option<Arc<DiscoveryDocument>>, QueryError> {
        self.exchanger.document(target).await
    }

    /// Asks many miners the same at once. The outcomes have the order of `targets`, and there is
    /// one for each.
    ///
    /// Cancel safety: as [`Phloem::query`].
    pub async fn broadcast<S>(
        &self,
        targets: &[Target],
        request: S,
    ) -> Vec<Result<Answer<S::Reply>, QueryError>>
    where
        S: Service<Request = S>,
        S::Request: Sync,
    {
        self.broadcast_service::<S>(targets, &request).await
    }

    /// As [`Phloem::broadcast`], for a service whose request is a type of its own.
    pub async fn broadcast_service<S: Service>(
        &self,
        targets: &[Target],
        request: &S::Request,
    ) -> Vec<Result<Answer<S::Reply>, QueryError>>
    where
        S::Request: Sync,
    {
        self.broadcast_with::<S>(targets, request, BroadcastOptions::default()).await.outcomes
    }

    /// As [`Phloem::broadcast_service`], with bounds of its own: how many at once, how long each
    /// and all may take, and when enough have answered.
    ///
    /// Cancel safety: as [`Phloem::query`].
    pub async fn broadcast_with<S: Service>(
        &self,
        targets: &[Target],
        request: &S::Request,
        options: BroadcastOptions,
    ) -> Broadcast<S::Reply>
    where
        S::Request: Sync,
    {
        let call = self.call::<S>(request);
        let options = options.or_target_deadline(self.exchanger.deadline());
        self.router().broadcast(&call, targets, &options).await
    }

    /// Asks whoever is best placed to answer, and others if that fails: each attempt goes to
    /// another miner, with a nonce and a signature of its own.
    ///
    /// Cancel safety: dropping the future gives up all attempts under way; miners may have done
    /// the work already.
    ///
    /// # Errors
    /// [`RouteError`], at once if nobody is healthy. It has every attempt that was made.
    pub async fn route<S>(&self, request: S) -> Result<Routed<S::Reply>, RouteError>
    where
        S: Service<Request = S>,
        S::Request: Sync,
    {
        self.route_with::<S>(&request, RouteOptions::default()).await
    }

    /// As [`Phloem::route`], with options, and for a service whose request may be a type of its
    /// own.
    ///
    /// # Errors
    /// [`RouteError`].
    pub async fn route_with<S: Service>(
        &self,
        request: &S::Request,
        options: RouteOptions,
    ) -> Result<Routed<S::Reply>, RouteError>
    where
        S::Request: Sync,
    {
        let mut call = self.call::<S>(request);
        call.only_if_undone = options.is_only_if_undone();
        let options = options.or_deadline(self.exchanger.deadline());
        let routed = self.router().route(&call, &options).await;
        if let Err(error) = &routed {
            tracing::debug!(service = S::NAME, %error, "no answer");
        }
        routed
    }

    /// How a call would be routed now: every candidate with its cost, and why others are out.
    pub fn explain(&self, options: &RouteOptions) -> Explanation {
        self.router().explain(options)
    }

    /// How the subnet's miners serve this client.
    pub fn network_health(&self) -> NetworkHealth {
        let mut health = self.router().network_health();
        health.netuid = Some(self.metastruct.netuid());
        health
    }
}
