//! Exchanges with miners: each in the session with its miner, or signed by the wallet.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{
    CallerSession, Codec, Envelope, PendingReply, Reason, SigningError, TraceContext,
};
use hetu_chain::Address;
use http::request::Parts;
use http::{Method, Request};
use http_body_util::Full;
use tokio::time::Instant;

use super::permit::{ExchangePath, ExchangePermit};
use super::reply::{ProvenReply, verify};
use super::settings::ExchangeSettings;
use crate::call::EncodedCall;
use crate::receive::receive;
use crate::request_id::request_id;
use crate::{QueryError, ReplyShare, Target, trace};

/// The exchanges of one client. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Exchanger(pub(crate) Arc<ExchangeSettings>);

/// An encoded call with its terms.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingCall<'a> {
    pub(crate) service: &'a str,
    pub(crate) codec: Codec,
    pub(crate) content: Bytes,
    pub(crate) terms: CallTerms<'a>,
}

/// The terms of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallTerms<'a> {
    pub(crate) trace: TraceContext,
    /// The budget that the reply is charged to, if it shares one with others.
    pub(crate) share: Option<&'a ReplyShare>,
    /// The maximum bytes of the reply, if they are fewer than those of any reply.
    pub(crate) reply_limit: Option<usize>,
    /// `true` if the work must not be done twice. No request is then repeated because of a reply
    /// that any party on the path may have written.
    pub(crate) only_if_undone: bool,
}

impl Exchanger {
    pub(crate) fn new(settings: ExchangeSettings) -> Self {
        Self(Arc::new(settings))
    }

    /// Returns the account that signs the requests.
    pub(crate) fn account(&self) -> Address {
        self.0.signer.address()
    }

    /// Returns the default time limit of a call.
    pub(crate) fn deadline(&self) -> Duration {
        self.0.deadline
    }

    /// Asks `target` once, until `until`, which the request tells the miner.
    pub(super) async fn ask(
        &self,
        target: &Target,
        call: &OutgoingCall<'_>,
        until: Instant,
    ) -> Result<ProvenReply, QueryError> {
        let mut permit = ExchangePermit::acquire(&self.0, target, until).await?;
        let reply = self.ask_on(permit.path(), call).await;
        permit.settle(&reply);
        reply
    }

    async fn ask_on(
        &self,
        path: ExchangePath<'_>,
        call: &OutgoingCall<'_>,
    ) -> Result<ProvenReply, QueryError> {
        if let Some(session) = self.session(path) {
            match self.ask_in_session(path, &session, call).await {
                Err(error) if is_loss_of_session(&error) => {
                    path.endpoint.sessions.lose(&session);
                    // This refusal is unsigned, because the miner no longer has the key of the
                    // session. Without TLS any party on the path can substitute it for the reply to
                    // a call that was done, so a call that must not be done twice is not sent
                    // again.
                    if call.terms.only_if_undone && !path.proven.is_over_tls() {
                        return Err(error);
                    }
                }
                Err(QueryError::Signing(SigningError::SessionOver | SigningError::SessionBusy)) => {
                }
                answer => return answer,
            }
        }
        self.ask_by_wallet(path, call).await
    }

    async fn ask_in_session(
        &self,
        path: ExchangePath<'_>,
        session: &CallerSession,
        call: &OutgoingCall<'_>,
    ) -> Result<ProvenReply, QueryError> {
        let (started, mut parts) = (Instant::now(), call.head(path)?);
        let envelope = self.envelope(path, call.codec);
        let pending = session.sign(&mut parts, &call.content, &envelope)?;
        self.send(path, call, (parts, pending), started).await
    }

    pub(super) async fn ask_by_wallet(
        &self,
        path: ExchangePath<'_>,
        call: &OutgoingCall<'_>,
    ) -> Result<ProvenReply, QueryError> {
        let started = Instant::now();
        let signed = self.sign_by_wallet(path, call).await?;
        self.send(path, call, signed, started).await
    }

    /// Returns the request for `call` without its content, and the binding for its reply.
    pub(crate) async fn sign_by_wallet(
        &self,
        path: ExchangePath<'_>,
        call: &OutgoingCall<'_>,
    ) -> Result<(Parts, PendingReply), QueryError> {
        let mut parts = call.head(path)?;
        let envelope = self.envelope(path, call.codec);
        let pending = self.0.signer.sign(&mut parts, &call.content, &envelope).await?;
        Ok((parts, pending))
    }

    pub(super) fn envelope(&self, path: ExchangePath<'_>, codec: Codec) -> Envelope {
        let left = path.until.saturating_duration_since(Instant::now());
        Envelope::new(self.0.netuid, path.endpoint.address, left).with_codec(codec)
    }

    async fn send(
        &self,
        path: ExchangePath<'_>,
        call: &OutgoingCall<'_>,
        (parts, pending): (Parts, PendingReply),
        started: Instant,
    ) -> Result<ProvenReply, QueryError> {
        let response = path.proven.client.request(call.request(parts)).await?;
        let (head, body) = response.into_parts();
        let most = self.0.reply_limit;
        let limit = call.terms.reply_limit.map_or(most, |limit| limit.min(most));
        let content = receive(body, limit, call.terms.share).await?;
        let clock = self.0.clock.as_ref();
        let codec = verify(call.service, &pending, head.status, &head.headers, &content, clock)?;
        let receipt = self.0.keeps_receipts.then(|| pending.receipt(head.status, &head.headers));
        let receipt = receipt.flatten();
        Ok(ProvenReply {
            codec,
            receipt: receipt
                .map(|receipt| Box::new(receipt.with_contents(&call.content, &content))),
            content,
            request_id: request_id(&head.headers),
            latency: started.elapsed(),
        })
    }
}

impl CallTerms<'_> {
    pub(crate) const fn of(trace: TraceContext) -> Self {
        Self { trace, share: None, reply_limit: None, only_if_undone: false }
    }
}

impl<'a> OutgoingCall<'a> {
    /// Returns the error of the encoding, if `call` could not be encoded.
    pub(crate) fn of<Reply>(
        call: &'a EncodedCall<'_, Reply>,
        terms: CallTerms<'a>,
    ) -> Result<Self, SigningError> {
        Ok(Self { service: &call.service, codec: call.codec, content: call.content()?, terms })
    }

    /// Returns the head of the request to the miner at `path`, without fields.
    fn head(&self, path: ExchangePath<'_>) -> Result<Parts, SigningError> {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = Method::POST;
        parts.uri = path.endpoint.service_uris.of(self.service)?;
        Ok(parts)
    }

    /// Returns the complete request. No signature covers the trace, because no decision depends on
    /// it.
    pub(crate) fn request(&self, mut parts: Parts) -> Request<Full<Bytes>> {
        let trace = trace::of_request(self.terms.trace);
        parts.headers.insert(TraceContext::FIELD, trace.field_value());
        Request::from_parts(parts, Full::new(self.content.clone()))
    }
}

/// Returns `true` if the miner restarted, or made room. It did none of the work.
fn is_loss_of_session(error: &QueryError) -> bool {
    matches!(error, QueryError::Refused { problem, .. }
        if problem.reason() == Some(Reason::UnknownSession))
}
