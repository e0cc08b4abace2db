//! One request and its reply: signed, sent, received, verified, decoded.

mod admission;
mod json;
mod opening;
mod reply;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{
    CallerSession, Codec, DiscoveryDocument, Envelope, PendingReply, Reason, Receipt,
    RequestSigner, Service, SigningError, StreamLimits, TraceContext,
};
use hetu_chain::{Address, Clock, NetUid};
use http::request::Parts;
use http::{Method, Request};
use http_body_util::Full;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub(crate) use admission::{Admission, Way};
pub(crate) use json::JsonCall;

use self::reply::ProvenReply;
use crate::endpoint::{EndpointTable, KnownDocument, ProofAges, ProvenEndpoint, Prover};
use crate::receive::receive;
use crate::request_id::request_id;
use crate::trace;
use crate::until::until;
use crate::{QueryError, ReplyShare, Target};

const READINESS: &str = "/health/ready";

/// Where the lines of calls go, for filters.
const CALLS: &str = "hetu_phloem::calls";

/// What a miner answered, proven to be its answer to this very request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<Reply> {
    /// The reply of the service.
    pub reply: Reply,
    /// The miner that signed it.
    pub miner: Address,
    /// From before signing the request to after verifying the reply. The proof of the miner's key,
    /// where one was to be made first, does not count.
    pub latency: Duration,
    /// The evidence of both signatures, contents included, if the client keeps receipts.
    pub receipt: Option<Box<Receipt>>,
    /// The name of the request in the miner's log, if the reply had one (`x-request-id`), of at most
    /// 128 visible characters. No signature covers it: it joins the logs of both sides, and proves
    /// nothing.
    pub request_id: Option<Box<str>>,
}

impl<Reply> Answer<Reply> {
    fn told(&self) -> (Duration, Option<&str>) {
        (self.latency, self.request_id.as_deref())
    }
}

/// What every exchange of a client has in common. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Exchanger(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) endpoints: EndpointTable,
    pub(crate) prover: Arc<Prover>,
    pub(crate) proof_ages: ProofAges,
    pub(crate) signer: RequestSigner,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) netuid: NetUid,
    pub(crate) deadline: Duration,
    pub(crate) reply_limit: usize,
    pub(crate) codec: Codec,
    pub(crate) keeps_receipts: bool,
    pub(crate) uses_sessions: bool,
    /// As many permits as sessions may be opened at once.
    pub(crate) openings: Arc<Semaphore>,
    pub(crate) stream_deadline: Duration,
    pub(crate) stream_limits: StreamLimits,
}

/// A call as it goes to whichever miner.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) codec: Codec,
    pub(crate) content: Bytes,
    pub(crate) terms: Terms<'a>,
}

/// On what terms a call is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) trace: TraceContext,
    /// The budget that the reply is charged to, if it shares one with others.
    pub(crate) share: Option<&'a ReplyShare>,
    /// `true` if the reply is any JSON, whose memory only its own form bounds.
    pub(crate) is_untyped: bool,
    /// The most bytes of the reply, where they are fewer than those of any reply.
    pub(crate) reply_limit: Option<usize>,
    /// `true` if the work must not be done twice, so that nothing is sent again on the word of a
    /// reply that anyone on the way may have written.
    pub(crate) only_if_undone: bool,
}

impl Terms<'_> {
    pub(crate) const fn of(trace: TraceContext) -> Self {
        Self { trace, share: None, is_untyped: false, reply_limit: None, only_if_undone: false }
    }
}

impl Exchanger {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Who signs the requests.
    pub(crate) fn account(&self) -> Address {
        self.0.signer.address()
    }

    /// How long a call may take where nothing else is said.
    pub(crate) fn deadline(&self) -> Duration {
        self.0.deadline
    }

    /// Asks `target` once, within `limit`, of which the miner is told what is left.
    pub(crate) async fn exchange<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
        limit: Duration,
        terms: Terms<'_>,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let codec = self.0.codec;
        let content = codec.encode(request).map_err(SigningError::from)?;
        let call = Call { service: S::NAME, codec, content, terms };
        self.answer(target, &call, limit).await
    }

    /// What `target` answers within `limit`, which is written down.
    async fn answer<Reply: DeserializeOwned>(
        &self,
        target: &Target,
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Answer<Reply>, QueryError> {
        let until = until(limit);
        let reply = timeout_at(until, self.ask(target, call, until)).await;
        let reply = reply.unwrap_or(Err(QueryError::TimedOut { limit }));
        let answer = reply.and_then(|reply| {
            if call.terms.is_untyped {
                reply.weigh(self.0.reply_limit, call.terms.share)?;
            }
            reply.into_answer(target.address)
        });
        tell(target, call, answer.as_ref().map(Answer::told));
        answer
    }

    /// The proof of `target`, made now if there is none.
    pub(crate) async fn prove(&self, target: &Target) -> Result<Arc<ProvenEndpoint>, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let limit = self.0.deadline;
        let proving = endpoint.proven(&self.0.prover, self.0.proof_ages);
        let proven = tokio::time::timeout(limit, proving).await;
        proven.unwrap_or(Err(QueryError::TimedOut { limit }))
    }

    /// Returns the signed document of `target`, or `None` if it proves itself by its first reply.
    pub(crate) async fn document(
        &self,
        target: &Target,
    ) -> Result<Option<Arc<DiscoveryDocument>>, QueryError> {
        match self.prove(target).await?.document() {
            KnownDocument::None => Ok(None),
            KnownDocument::Known(document) => Ok(Some(document)),
            KnownDocument::Forgotten => {
                self.0.endpoints.endpoint(target)?.fresh_document(&self.0.prover).await
            }
        }
    }

    /// Whether `target` proves its key and says that it serves. It takes no longer than the
    /// deadline for the proof; the caller bounds the rest.
    pub(crate) async fn is_ready(&self, target: &Target) -> bool {
        let Ok(proven) = self.prove(target).await else { return false };
        let Ok(request) = proven.get(READINESS) else { return false };
        let reply = proven.client.request(request).await;
        reply.is_ok_and(|reply| reply.status().is_success())
    }

    async fn ask(
        &self,
        target: &Target,
        call: &Call<'_>,
        until: Instant,
    ) -> Result<ProvenReply, QueryError> {
        let mut admission = self.admission(target, until).await?;
        let reply = self.ask_admitted(admission.way(), call).await;
        admission.settle(&reply);
        reply
    }

    async fn ask_admitted(&self, way: Way<'_>, call: &Call<'_>) -> Result<ProvenReply, QueryError> {
        if let Some(session) = self.session(way) {
            match self.ask_in_session(way, &session, call).await {
                Err(error) if is_loss_of_session(&error) => {
                    way.endpoint.sessions.lose(&session);
                    // This refusal is unsigned, because the miner no longer has the key of the session.
                    // Without TLS anyone on the way can write it over the reply to a call that was
                    // done, so nothing is sent again that must not be done twice.
                    if call.terms.only_if_undone && !way.proven.is_over_tls() {
                        return Err(error);
                    }
                }
                Err(QueryError::Signing(SigningError::SessionOver | SigningError::SessionBusy)) => {
                }
                answer => return answer,
            }
        }
        self.ask_by_wallet(way, call).await
    }

    async fn ask_in_session(
        &self,
        way: Way<'_>,
        session: &CallerSession,
        call: &Call<'_>,
    ) -> Result<ProvenReply, QueryError> {
        let (started, mut parts) = (Instant::now(), call_parts(way, call)?);
        let pending = session.sign(&mut parts, &call.content, &self.envelope(way, call.codec))?;
        self.send(way, call, (parts, pending), started).await
    }

    async fn ask_by_wallet(
        &self,
        way: Way<'_>,
        call: &Call<'_>,
    ) -> Result<ProvenReply, QueryError> {
        let started = Instant::now();
        let signed = self.sign_by_wallet(way, call).await?;
        self.send(way, call, signed, started).await
    }

    /// The request for `call` without its content, and what its reply must be bound to.
    pub(crate) async fn sign_by_wallet(
        &self,
        way: Way<'_>,
        call: &Call<'_>,
    ) -> Result<(Parts, PendingReply), QueryError> {
        let mut parts = call_parts(way, call)?;
        let envelope = self.envelope(way, call.codec);
        let pending = self.0.signer.sign(&mut parts, &call.content, &envelope).await?;
        Ok((parts, pending))
    }

    fn envelope(&self, way: Way<'_>, codec: Codec) -> Envelope {
        let left = way.until.saturating_duration_since(Instant::now());
        Envelope::new(self.0.netuid, way.endpoint.address, left).with_codec(codec)
    }

    async fn send(
        &self,
        way: Way<'_>,
        call: &Call<'_>,
        (parts, pending): (Parts, PendingReply),
        started: Instant,
    ) -> Result<ProvenReply, QueryError> {
        let response = way.proven.client.request(call.request(parts)).await?;
        let (head, body) = response.into_parts();
        let limit = call
            .terms
            .reply_limit
            .map_or(self.0.reply_limit, |limit| limit.min(self.0.reply_limit));
        let content = receive(body, limit, call.terms.share).await?;
        let codec = self.judge(call.service, &pending, head.status, &head.headers, &content)?;
        let receipt = self.0.keeps_receipts.then(|| pending.receipt(head.status, &head.headers));
        let with_contents =
            |receipt: Receipt| Box::new(receipt.with_contents(&call.content, &content));
        Ok(ProvenReply {
            codec,
            receipt: receipt.flatten().map(with_contents),
            content,
            request_id: request_id(&head.headers),
            latency: started.elapsed(),
        })
    }
}

impl Call<'_> {
    /// The request that `parts` begin. The trace is signed by nobody, for nothing goes by it.
    pub(crate) fn request(&self, mut parts: Parts) -> Request<Full<Bytes>> {
        let trace = trace::of_request(self.terms.trace);
        parts.headers.insert(TraceContext::FIELD, trace.field_value());
        Request::from_parts(parts, Full::new(self.content.clone()))
    }
}

/// The request for `call`, without fields.
fn call_parts(way: Way<'_>, call: &Call<'_>) -> Result<Parts, SigningError> {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = Method::POST;
    parts.uri = way.endpoint.service_uris.of(call.service)?;
    Ok(parts)
}

/// The miner was started anew, or made room. It did none of the work.
fn is_loss_of_session(error: &QueryError) -> bool {
    matches!(error, QueryError::Refused { problem, .. }
        if problem.reason() == Some(Reason::UnknownSession))
}

/// Writes down what came of asking `target` once: how long the answer took and its name there, or
/// why there is none. It joins the log of a validator with those of its miners.
pub(crate) fn tell(
    target: &Target,
    call: &Call<'_>,
    outcome: Result<(Duration, Option<&str>), &QueryError>,
) {
    let (miner, service, trace_id) = (target.address, call.service, call.terms.trace.trace_id());
    match outcome {
        Ok((latency, request_id)) => {
            let latency_ms = latency.as_secs_f64() * 1e3;
            tracing::debug!(
                target: CALLS, %miner, service, %trace_id, request_id, latency_ms, "an answer"
            );
        }
        Err(error) => {
            let request_id = error.request_id();
            tracing::debug!(
                target: CALLS, %miner, service, %trace_id, request_id, %error, "no answer"
            );
        }
    }
}
