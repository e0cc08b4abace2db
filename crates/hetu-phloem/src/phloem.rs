//! The client of a validator.

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

/// A validator's client, which finds the miners of a subnet and queries them. Clones share
/// connections and the view of the subnet.
///
/// The validator's wallet signs every request, and every reply is verified to be the registered
/// miner's answer to that request before it is decoded.
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
    /// Returns the client, which probes miners without requests every `probe_interval`, if it is
    /// set.
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

    /// Returns the router, with the miners of the newest view.
    fn router(&self) -> &Router {
        self.sync.follow(&self.metastruct, &self.router);
        &self.router
    }

    /// Returns the call, encoded once for all attempts, which share a trace.
    fn sign<'a, C: IntoCall + 'a>(&'a self, call: C) -> SignedCall<'a, C::Reply> {
        let call = call.into_call().encode(self.exchanger.0.codec);
        SignedCall::new(&self.exchanger, call, trace::of_call())
    }

    /// Returns the metastruct with the client's view of the subnet.
    pub const fn metastruct(&self) -> &Metastruct {
        &self.metastruct
    }

    /// Returns the account that signs its requests.
    pub fn validator(&self) -> Address {
        self.exchanger.account()
    }

    /// Returns the active miners with an endpoint, by falling stake.
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

    /// Asks the best available miner, and others if that fails. Each attempt goes to another miner,
    /// with a nonce and a signature of its own.
    ///
    /// # Cancel safety
    /// Dropping the future cancels all attempts in flight; miners may have done the work already.
    ///
    /// # Errors
    /// [`RouteError`], immediately if no miner is healthy. It contains every attempt.
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

    /// Sends one call to many miners at once. There is one outcome for each target, in their order.
    /// The options set the concurrency, the time limits, and the number of answers that is enough.
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

    /// Requests a stream from one miner. Its head is verified when this returns; its items are
    /// verified as they arrive.
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

    /// Requests the proof that `target` holds the registered key, unless it is proven already.
    /// Returns the signed document of the miner, or `None` from a miner that proves itself by its
    /// first reply.
    ///
    /// Calls do this automatically. This is for callers that need the proof in advance.
    ///
    /// # Cancel safety
    /// The proof continues for the next caller.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn prove(
        &self,
        target: &Target,
    ) -> Result<Option<Arc<DiscoveryDocument>>, QueryError> {
        self.exchanger.document(target).await
    }

    /// Explains how a call would be routed now: every candidate with its cost or the reason of its
    /// exclusion.
    pub fn explain(&self, options: &RouteOptions) -> Explanation {
        self.router().explain(options)
    }

    /// Reports the service of the subnet's miners to this client.
    pub fn network_health(&self) -> NetworkHealth {
        let mut health = self.router().network_health();
        health.netuid = Some(self.metastruct.netuid());
        health
    }
}
