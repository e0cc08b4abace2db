//! The complete order in which a request is served, with the reason for the position of each step.
//!
//! Cheap steps come before expensive ones, and no state is kept for a caller before its signature
//! is verified. Each step is a separate type that does not depend on the others: it returns a value
//! or the reason for a refusal, and only this file decides the next step.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Claim, Codec, OpenResource, Reason, Refusal, VerifiedRequest};
use http::{Method, Request, Response};
use http_body::Body;
use hyper::body::Incoming;

use super::arrival::{Arrival, RequestSource};
use super::attached::HandlerTask;
use super::call::{AdmittedCall, CallWork, UnservedCall, UnsignedReply, concluded};
use super::call_metrics::CallMetrics;
use super::codecs::Codecs;
use super::connection::{ConnectionServer, Exchanges};
use super::content::{ContentReader, RequestBody};
use super::hook_checks::{AskedCall, HookChecks};
use super::layers::{AnswerRequest, Layers};
use super::listener::Listener;
use super::listener_config::ListenerConfig;
use super::rate_checks::RateChecks;
use super::refusals::{Declined, Refusals, RequestCheck};
use super::reply_body::ReplyBody;
use super::role_checks::{AdmittedCaller, RoleChecks};
use super::router::{RequestRouter, RequestTarget, Route, TargetKind, without_content};
use super::service_table::AttachedService;
use super::signatures::Signatures;
use super::within::within;
use crate::queue::WorkQueue;
use crate::rates::RateKey;

/// The time limit of a store query about an unverified caller.
const STORE_LIMIT: Duration = Duration::from_secs(5);

/// The steps between the layers of the operator and the reply. All connections share them.
pub(crate) struct RequestStack {
    pub(crate) router: RequestRouter,
    pub(crate) signatures: Signatures,
    pub(crate) roles: RoleChecks,
    pub(crate) rates: RateChecks,
    pub(crate) contents: ContentReader,
    pub(crate) hooks: HookChecks,
    pub(crate) queue: WorkQueue,
    pub(crate) calls: CallMetrics,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) call_timeout: Duration,
}

/// Returns the steps around `stack`. The listener is the outermost.
pub(super) fn around(
    stack: Arc<RequestStack>,
    layers: Layers,
    config: ListenerConfig,
) -> Listener<RequestStack> {
    let (limits, refusals) = (config.limits, Arc::clone(&stack.refusals));
    // Accept: a connection beyond the limits is closed before a byte of it is read.
    Listener::new(
        // Connection limits: handshakes, idle time, slow heads and slow readers are bounded for a
        // connection as a whole, because the number of requests on one is unbounded.
        ConnectionServer::new(
            &config,
            // Access log: outside of the layers, so that a line shows the received request and the
            // sent reply. Heads are charged here, before the first wait.
            Exchanges::new(
                refusals,
                limits,
                // Operator layers: around every check, so that a layer receives all requests of
                // peers.
                layers.around(stack),
            ),
        ),
        config,
    )
}

impl RequestStack {
    /// Answers one request. Every failure is an answer too.
    pub(crate) async fn answer<B: RequestBody>(
        &self,
        request: Request<B>,
        source: RequestSource,
    ) -> Response<ReplyBody> {
        let (parts, body) = request.into_parts();
        let arrival = Arrival::now(parts, source);
        let reply = self.route(&arrival, body).await;
        if arrival.parts.method != Method::HEAD {
            return reply;
        }
        let length = reply.body().size_hint().exact();
        without_content(reply, length)
    }

    async fn route<B: RequestBody>(&self, arrival: &Arrival, body: B) -> Response<ReplyBody> {
        // Router: only path and method, before any other field is read.
        let (target, admitted) = match self.router.route(arrival) {
            Ok(Route::Document(resource)) => return self.document(resource, arrival),
            Ok(Route::Unsigned(target)) => (target, self.admit_unsigned(arrival, body).await),
            Ok(Route::Signed(target)) => (target, self.admit(target, arrival, body).await),
            Err(declined) => return self.refusals.reply("", declined).map(ReplyBody::from),
        };
        match admitted {
            Ok(AdmittedCall { request, work }) => {
                let reply = self.perform(target, request.as_ref(), work, arrival).await;
                let reply = reply.unwrap_or_else(|declined| {
                    UnsignedReply::Other(self.refusals.reply(target.name, declined))
                });
                // Sign: last, and for every reply, so that a caller can also prove a refusal.
                self.signatures.reply(target.name, request, reply).await
            }
            // Unsigned: a peer without a key must not make the miner use its own key.
            Err(declined) => self.refusals.reply(target.name, declined).map(ReplyBody::from),
        }
    }

    /// Runs the checks that need only the fields. A request refused here leaves no state.
    async fn claim<'a>(&self, arrival: &'a Arrival) -> Result<Claim<'a>, Declined> {
        let deadline = arrival.at + self.call_timeout.min(STORE_LIMIT);
        // Source: one map look-up, the whole cost of an address with too many failed signatures.
        self.signatures.check_source(arrival)?;
        // Verify, first part: each signature field is parsed once. No data is hashed.
        let claim = self.signatures.examine(arrival, deadline).await?;
        // Role: accounts are free to create, and most made-up accounts are refused here.
        self.roles.check(claim.claimed_caller(), deadline).await?;
        // Rate: checked without a charge, because any peer can claim the account.
        self.rates.check(claim.claimed_account(), deadline).await?;
        Ok(claim)
    }

    /// Runs the checks of a signed call up to its signature. A refusal here is unsigned.
    async fn admit<B: RequestBody>(
        &self,
        target: RequestTarget<'_>,
        arrival: &Arrival,
        body: B,
    ) -> Result<AdmittedCall, Declined> {
        let claim = match self.claim(arrival).await {
            Err(declined) if target.is_open() && declined.is_for_role() => {
                return self.admit_unsigned(arrival, body).await;
            }
            claim => claim?,
        };
        // Codec: the miner does not wait for content that it cannot decode.
        let codecs = target.codecs(arrival)?;
        // Verify, second part: the base is hashed before the wait for the body, so that 32 bytes of
        // it are kept instead of the fields.
        let claim = self.signatures.bind(claim, arrival)?;
        let timeout = claim.timeout().unwrap_or(self.call_timeout).min(self.call_timeout);
        let deadline = arrival.at + timeout;
        // Body: charged to the source address as it arrives, because the caller is not verified
        // yet.
        let content = self.contents.read(body, arrival, deadline).await?;
        // Replay: the digest costs one hash, the signature one public-key operation. The signature
        // is marked as used last, so that a forged copy does not use up the real one.
        let request = self.signatures.verify(claim, &content.bytes, arrival, deadline).await?;
        // Role, again: the content may have taken its full time limit.
        self.roles.recheck(&AdmittedCaller::of(&request))?;
        let key = RateKey::account(request.account());
        let work = CallWork { key, content, codecs, deadline };
        Ok(AdmittedCall { request: Some(request), work })
    }

    /// Runs the steps of an admitted call. Every reply from here on is signed if the request is.
    async fn perform(
        &self,
        target: RequestTarget<'_>,
        request: Option<&VerifiedRequest>,
        work: CallWork,
        arrival: &Arrival,
    ) -> Result<UnsignedReply, Declined> {
        if let Some(request) = request {
            // Rate, again: charged now that the caller is verified.
            self.rates.consume(request.account(), work.deadline).await?;
        }
        match (target.kind, request) {
            (TargetKind::Service(service), _) => {
                self.serve(target.name, service, request, work, arrival).await
            }
            // Sessions and documents need neither hooks nor queue, because no handler works for
            // them.
            (TargetKind::Session, Some(request)) => {
                let CallWork { content, deadline, .. } = &work;
                let opened =
                    self.signatures.open_session(request, &content.bytes, arrival, *deadline);
                opened.await.map(UnsignedReply::Other)
            }
            (TargetKind::Document(resource), Some(_)) => {
                let document = self.router.document(resource, &arrival.parts.method);
                document.map(UnsignedReply::Other)
            }
            (_, None) => {
                let detail = "the request must be signed";
                Err(RequestCheck::Shape.declined(Refusal::new(Reason::SignatureMissing, detail)))
            }
        }
    }

    /// Runs hooks, queue and handler, all before the deadline of the call.
    async fn serve(
        &self,
        name: &str,
        service: &AttachedService,
        request: Option<&VerifiedRequest>,
        work: CallWork,
        arrival: &Arrival,
    ) -> Result<UnsignedReply, Declined> {
        let CallWork { key, content, codecs, deadline } = work;
        let tally = self.calls.begin(name);
        let worked = pin!(async move {
            let caller = request.map(VerifiedRequest::caller);
            // Hooks: the operator's code may be expensive, so it only runs for verified calls.
            let asked = AskedCall { service: name, caller, content: &content.bytes, arrival };
            let priority = self.hooks.ask(asked).await?;
            // Queue: bounds the running and waiting calls, and therefore their memory. The charges
            // of the unverified peer end here.
            let queued = self.queue.join(key, || self.hooks.urgency(caller, priority))?;
            drop(content.memory);
            arrival.source.release();
            let slot = queued.slot().await?;
            // Role, again: hooks and queue may have taken long.
            if let Some(request) = request {
                self.roles.recheck(&AdmittedCaller::of(request))?;
            }
            // Handler: takes the slot, and frees it when its work ends.
            let task = HandlerTask { content: content.bytes, codecs, deadline, slot };
            service.call(task).await.map_err(UnservedCall::Failed)
        });
        let worked = within(deadline, worked).await.unwrap_or(Err(UnservedCall::OVERDUE));
        concluded(worked, name, codecs, tally)
    }

    /// Runs the same order for an unsigned call, as far as the steps apply.
    async fn admit_unsigned<B: RequestBody>(
        &self,
        arrival: &Arrival,
        body: B,
    ) -> Result<AdmittedCall, Declined> {
        let deadline = arrival.at + self.call_timeout;
        // Rate: charged at once, by the address, the only known property of the caller.
        let key = self.rates.consume_unsigned(&arrival.source, deadline).await?;
        let codecs = Codecs::of(&arrival.parts, &[Codec::Json])
            .map_err(|refusal| RequestCheck::Codec.declined(refusal))?;
        let content = self.contents.read(body, arrival, deadline).await?;
        Ok(AdmittedCall { request: None, work: CallWork { key, content, codecs, deadline } })
    }

    fn document(&self, resource: OpenResource, arrival: &Arrival) -> Response<ReplyBody> {
        let document = self.router.document(resource, &arrival.parts.method);
        let document = document.unwrap_or_else(|declined| self.refusals.reply("", declined));
        document.map(ReplyBody::from)
    }
}

impl AnswerRequest for RequestStack {
    fn answer_request(
        &self,
        request: Request<Incoming>,
        source: RequestSource,
    ) -> impl Future<Output = Response<ReplyBody>> + Send {
        self.answer(request, source)
    }
}
