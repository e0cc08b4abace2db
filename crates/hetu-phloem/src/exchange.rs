//! One request and its reply: signed, sent, received, verified, decoded.

mod json;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{
    CallerSession, Codec, Envelope, PendingReply, Problem, Reason, Receipt, RequestSigner, Service,
    SessionHandshake, SessionOffer, SignedRequest, SigningError, StreamLimits,
};
use hetu_chain::{Address, Clock, NetUid};
use http::{HeaderMap, StatusCode};
use http_body_util::Full;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub(crate) use json::JsonCall;

use crate::endpoint::{EndpointTable, MinerEndpoint, ProofAges, ProvenEndpoint, Prover};
use crate::receive::{not_sent, receive};
use crate::retry_after::retry_after;
use crate::session::OpeningTurn;
use crate::{QueryError, Target};

const READINESS: &str = "/health/ready";

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

/// A reply that is proven but not decoded.
struct ProvenReply {
    codec: Codec,
    content: Bytes,
    receipt: Option<Box<Receipt>>,
}

/// A miner that is proven and has room for one more exchange.
#[derive(Clone, Copy)]
struct Way<'a> {
    endpoint: &'a Arc<MinerEndpoint>,
    proven: &'a Arc<ProvenEndpoint>,
    until: Instant,
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

    /// Asks `target` once, within the deadline.
    pub(crate) async fn exchange<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        self.exchange_within::<S>(target, request, self.0.deadline).await
    }

    /// Asks `target` once, within `limit`, of which the miner is told what is left.
    pub(crate) async fn exchange_within<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
        limit: Duration,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let until = Instant::now() + limit;
        let answered = timeout_at(until, self.ask::<S>(target, request, until)).await;
        answered.unwrap_or(Err(QueryError::TimedOut { limit }))
    }

    /// The proof of `target`, made now if there is none.
    pub(crate) async fn prove(&self, target: &Target) -> Result<Arc<ProvenEndpoint>, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let limit = self.0.deadline;
        let proving = endpoint.proven(&self.0.prover, self.0.proof_ages);
        let proven = tokio::time::timeout(limit, proving).await;
        proven.unwrap_or(Err(QueryError::TimedOut { limit }))
    }

    /// Whether `target` proves its key and says that it serves. It takes no longer than the
    /// deadline for the proof; the caller bounds the rest.
    pub(crate) async fn is_ready(&self, target: &Target) -> bool {
        let Ok(proven) = self.prove(target).await else { return false };
        let Ok(request) = proven.get(READINESS) else { return false };
        let reply = proven.client.request(request).await;
        reply.is_ok_and(|reply| reply.status().is_success())
    }

    async fn ask<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
        until: Instant,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let _room = endpoint.room.acquire().await.map_err(|_| QueryError::Cancelled)?;
        let proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        if proven.is_on_probation() {
            return self.ask_on_probation::<S>(&endpoint, &proven, request, until).await;
        }
        let way = Way { endpoint: &endpoint, proven: &proven, until };
        let answer = self.ask_proven::<S>(way, request).await;
        answer.inspect_err(|error| {
            if lets_doubt(error) {
                endpoint.doubt(&proven, None);
            }
        })
    }

    /// One at a time, until one reply shows who it is.
    async fn ask_on_probation<S: Service>(
        &self,
        endpoint: &Arc<MinerEndpoint>,
        proven: &ProvenEndpoint,
        request: &S::Request,
        until: Instant,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let _turn = proven.turn().await;
        // While this call waited, another one may have shown that it is somebody else.
        let proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        let way = Way { endpoint, proven: &proven, until };
        let answer = self.ask_by_wallet::<S>(way, request).await;
        match &answer {
            Ok(_) | Err(QueryError::Refused { is_signed: true, .. }) => proven.end_probation(),
            Err(error) if lets_doubt(error) => endpoint.doubt(&proven, Some(error.clone())),
            Err(_) => {}
        }
        answer
    }

    async fn ask_proven<S: Service>(
        &self,
        way: Way<'_>,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let Some(session) = self.session(way) else {
            return self.ask_by_wallet::<S>(way, request).await;
        };
        match self.ask_in_session::<S>(way, &session, request).await {
            Err(error) if is_loss_of_session(&error) => {
                way.endpoint.sessions.lose(&session);
                self.ask_by_wallet::<S>(way, request).await
            }
            Err(QueryError::Signing(SigningError::SessionOver | SigningError::SessionBusy)) => {
                self.ask_by_wallet::<S>(way, request).await
            }
            answer => answer,
        }
    }

    async fn ask_in_session<S: Service>(
        &self,
        way: Way<'_>,
        session: &CallerSession,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let started = Instant::now();
        let signed = session.call::<S>(&way.proven.uri, request, &self.envelope(way))?;
        let reply = self.send(way.proven, signed).await?;
        answer::<S>(way.endpoint.address, reply, started)
    }

    async fn ask_by_wallet<S: Service>(
        &self,
        way: Way<'_>,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let started = Instant::now();
        let signer = &self.0.signer;
        let signed = signer.call::<S>(&way.proven.uri, request, &self.envelope(way)).await?;
        let reply = self.send(way.proven, signed).await?;
        answer::<S>(way.endpoint.address, reply, started)
    }

    /// The session to ask in, if there is one. It is opened and renewed beside the calls.
    fn session(&self, way: Way<'_>) -> Option<Arc<CallerSession>> {
        if !self.0.uses_sessions || !way.proven.offers_sessions() {
            return None;
        }
        let current = way.endpoint.sessions.current();
        self.tend_session(way, current.as_deref());
        current
    }

    /// Opens the next session if it is time for it, and not too many others are being opened.
    fn tend_session(&self, way: Way<'_>, current: Option<&CallerSession>) {
        let sessions = &way.endpoint.sessions;
        if !sessions.is_due(current) {
            return;
        }
        let Ok(room) = Arc::clone(&self.0.openings).try_acquire_owned() else { return };
        let Some(turn) = sessions.turn_to_open() else { return };
        let (exchanger, endpoint) = (self.clone(), Arc::clone(way.endpoint));
        let proven = Arc::clone(way.proven);
        tokio::spawn(async move {
            exchanger.open_session(&endpoint, &proven, turn).await;
            drop(room);
        });
    }

    async fn open_session(
        &self,
        endpoint: &Arc<MinerEndpoint>,
        proven: &Arc<ProvenEndpoint>,
        turn: OpeningTurn,
    ) {
        let limit = self.0.deadline;
        let way = Way { endpoint, proven, until: Instant::now() + limit };
        let opened = timeout_at(way.until, self.new_session(way)).await;
        endpoint.sessions.settle(&turn, opened.unwrap_or(Err(QueryError::TimedOut { limit })));
    }

    async fn new_session(&self, way: Way<'_>) -> Result<CallerSession, QueryError> {
        let handshake = SessionHandshake::new().map_err(SigningError::from)?;
        let offer = handshake.offer(None);
        let answer = self.ask_by_wallet::<SessionOffer>(way, &offer).await?;
        let (caller, clock) = (self.0.signer.account(), Arc::clone(&self.0.clock));
        handshake
            .establish(&answer.reply, caller, &self.envelope(way), clock)
            .map_err(|error| QueryError::Undecodable { reason: error.to_string() })
    }

    fn envelope(&self, way: Way<'_>) -> Envelope {
        let left = way.until.saturating_duration_since(Instant::now());
        Envelope::new(self.0.netuid, way.endpoint.address, left).with_codec(self.0.codec)
    }

    async fn send(
        &self,
        proven: &ProvenEndpoint,
        signed: SignedRequest,
    ) -> Result<ProvenReply, QueryError> {
        let SignedRequest { request, pending } = signed;
        let sent = request.body().clone();
        let sending = proven.client.request(request.map(Full::new));
        let response = sending.await.map_err(|error| not_sent(&error))?;
        let (head, body) = response.into_parts();
        let content = receive(body, self.0.reply_limit).await?;
        let codec = self.judge(&pending, head.status, &head.headers, &content)?;
        let receipt = self.0.keeps_receipts.then(|| pending.receipt(head.status, &head.headers));
        let with_contents = |receipt: Receipt| Box::new(receipt.with_contents(&sent, &content));
        let receipt = receipt.flatten().map(with_contents);
        Ok(ProvenReply { codec, content, receipt })
    }

    /// Believes nothing before the signature holds; an unsigned refusal is passed on as such,
    /// because a miner does not sign for callers it does not know.
    pub(crate) fn judge(
        &self,
        pending: &PendingReply,
        status: StatusCode,
        headers: &HeaderMap,
        content: &[u8],
    ) -> Result<Codec, QueryError> {
        let trusted = pending.verify(status, headers, content, self.0.clock.as_ref());
        if status.is_success() {
            trusted?;
            return Codec::of_content(headers)
                .map_err(|error| QueryError::Undecodable { reason: error.to_string() });
        }
        let retry_after = retry_after(headers, self.0.clock.as_ref());
        match Problem::parse(headers, content) {
            Some(problem) => {
                let (problem, is_signed) = (Box::new(problem), trusted.is_ok());
                Err(QueryError::Refused { problem, is_signed, retry_after })
            }
            None => Err(QueryError::UnexpectedStatus { status, retry_after }),
        }
    }
}

fn answer<S: Service>(
    miner: Address,
    reply: ProvenReply,
    started: Instant,
) -> Result<Answer<S::Reply>, QueryError> {
    let ProvenReply { codec, content, receipt } = reply;
    let latency = started.elapsed();
    let reply = codec
        .decode(&content)
        .map_err(|error| QueryError::Undecodable { reason: error.to_string() })?;
    Ok(Answer { reply, miner, latency, receipt })
}

/// The miner was started anew, or made room. It did none of the work.
fn is_loss_of_session(error: &QueryError) -> bool {
    matches!(error, QueryError::Refused { problem, .. }
        if problem.reason() == Some(Reason::UnknownSession))
}

/// Whether the endpoint has to be proven anew before it is asked again: another server may have
/// taken the place of the one that was there.
pub(crate) fn lets_doubt(error: &QueryError) -> bool {
    match error {
        QueryError::ConnectionRefused { .. }
        | QueryError::Unreachable { .. }
        | QueryError::ConnectionLost { .. }
        | QueryError::Untrusted(_)
        | QueryError::UntrustedStream(_) => true,
        QueryError::Refused { problem, .. } => problem.reason() == Some(Reason::WrongRecipient),
        _ => false,
    }
}
