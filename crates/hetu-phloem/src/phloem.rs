//! The client itself.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::DiscoveryDocument;
use hetu_chain::Address;
use hetu_metastruct::Metastruct;

use crate::call::ItemStream;
use crate::exchange::{Exchanger, SignedCall};
use crate::health::{HealthMonitor, ReadyProbe, watch};
use crate::target_sync::TargetSync;
use crate::{
    Answer, Broadcast, BroadcastOptions, Explanation, IntoCall, NetworkHealth, QueryError,
    ReplyStream, RouteError, RouteOptions, Routed, Router, Target, trace,
};

/// A validator's client: finds the miners of a subnet and queries them. Clones share
/// connections and picture.
///
/// Every request is signed by the validator's wallet, and every reply is verified to be the
/// registered miner's answer to that request before it is decoded.
///
/// [`query`](Self::query), [`route`](Self::route), [`broadcast`](Self::broadcast) and
/// [`stream`](Self::stream) take any call: the request of a service, or a [`Call`](crate::Call).
#[derive(Clone, Debug)]
pub struct Phloem {
    metastruct: Metastruct,
    exchanger: Exchanger,
    router: Router,
    sync: Arc<TargetSync>,
    _monitor: Option<Arc<HealthMonitor>>,
}

impl Phloem {
    /// Looks after miners that no request goes to every `probe_interval`, if there is one.
    pub(crate) fn new(
        metastruct: Metastruct,
        exchanger: Exchanger,
        router: Router,
        probe_interval: Option<Duration>,
    ) -> Self {
        let sync = Arc::new(TargetSync::default());
        let monitor = probe_interval.map(|pause| {
            let probe = ReadyProbe(exchanger.clone());
            let (metastruct, sync) = (metastruct.clone(), Arc::clone(&sync));
            let follow = {
                let router = router.clone();
                move || sync.follow(&metastruct, &router)
            };
            let watching = watch(router.clone(), probe, pause, follow);
            Arc::new(HealthMonitor(tokio::spawn(watching)))
        });
        Self { metastruct, exchanger, router, sync, _monitor: monitor }
    }

    /// The router, with the miners of the newest view.
    fn router(&self) -> &Router {
        self.sync.follow(&self.metastruct, &self.router);
        &self.router
    }

    /// The call, encoded once for all attempts, which share a trace.
    fn sign<'a, C: IntoCall + 'a>(&'a self, call: C) -> SignedCall<'a, C::Reply> {
        let call = call.into_call().encode(self.exchanger.0.codec);
        SignedCall::new(&self.exchanger, call, trace::of_call())
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
    /// # Cancel safety
    /// Dropping the future closes the connection; the miner may have done the work already.
    ///
    /// # Errors
    /// [`QueryError`]. No call is sent twice: see
    /// [`QueryError::retryability`](hetu_chain::Retryable::retryability).
    pub async fn query<C: IntoCall>(
        &self,
        target: &Target,
        call: C,
    ) -> Result<Answer<C::Reply>, QueryError> {
        let call = self.sign(call);
        self.router().ask(&call, target, self.exchanger.deadline()).await
    }

    /// Asks the miner that is best placed to answer, and others if that fails: each attempt goes to
    /// another miner, with a nonce and a signature of its own.
    ///
    /// # Cancel safety
    /// Dropping the future gives up all attempts under way; miners may have done the work already.
    ///
    /// # Errors
    /// [`RouteError`], at once if no miner is healthy. It has every attempt that was made.
    pub async fn route<C: IntoCall>(
        &self,
        call: C,
        options: RouteOptions,
    ) -> Result<Routed<C::Reply>, RouteError> {
        let call = self.sign(call).only_if_undone(options.is_only_if_undone());
        let options = options.or_deadline(self.exchanger.deadline());
        let routed = self.router().route(&call, &options).await;
        if let Err(error) = &routed {
            tracing::debug!(service = call.service(), %error, "no answer");
        }
        routed
    }

    /// Asks many miners the same at once. There is one outcome for each target, in their order. The
    /// options say how many are asked at once, how long each and all may take, and when enough have
    /// answered.
    ///
    /// # Cancel safety
    /// As [`Phloem::query`].
    pub async fn broadcast<C: IntoCall>(
        &self,
        targets: &[Target],
        call: C,
        options: BroadcastOptions,
    ) -> Broadcast<C::Reply> {
        let call = self.sign(call);
        let options = options.or_target_deadline(self.exchanger.deadline());
        self.router().broadcast(&call, targets, &options).await
    }

    /// Asks one miner for a stream. Its head is verified when this returns; its items are verified
    /// as they come.
    ///
    /// # Cancel safety
    /// Dropping the future or the stream closes it, and the miner stops working.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn stream<C: IntoCall<ItemStream>>(
        &self,
        target: &Target,
        call: C,
    ) -> Result<ReplyStream<C::Reply>, QueryError> {
        let call = call.into_call().encode(self.exchanger.0.codec);
        let guard = self.router().selection().guard_for(target);
        let stream = self.exchanger.open_stream(target, &call, trace::of_call()).await;
        match (stream, guard) {
            (Ok(stream), Some(guard)) => Ok(stream.guarded_by(guard)),
            (Err(error), Some(guard)) => {
                guard.settle_error(&error, false);
                Err(error)
            }
            (stream, None) => stream,
        }
    }

    /// Has `target` prove that it holds the registered key, unless it did so before. Returns the
    /// document that it signed of itself, or `None` from a miner that proves itself by its first
    /// reply.
    ///
    /// Calls do so by themselves. This is for callers that have to know before.
    ///
    /// # Cancel safety
    /// The proof goes on for the next caller.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn prove(
        &self,
        target: &Target,
    ) -> Result<Option<Arc<DiscoveryDocument>>, QueryError> {
        self.exchanger.document(target).await
    }

    /// Explains how a call would be routed now: every candidate with its cost, and why others are out.
    pub fn explain(&self, options: &RouteOptions) -> Explanation {
        self.router().explain(options)
    }

    /// Reports how the subnet's miners serve this client.
    pub fn network_health(&self) -> NetworkHealth {
        let mut health = self.router().network_health();
        health.netuid = Some(self.metastruct.netuid());
        health
    }
}
