//! The verification of requests and the signing of replies.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::server::RequestPipeline;
use hetu_cambium::{BoundClaim, Claim, Reason, Refusal, VerifiedRequest};
use http::{HeaderMap, Response};
use tokio::time::Instant;

use super::arrival::Arrival;
use super::attached::{CallFailure, Items};
use super::call::UnsignedReply;
use super::call_metrics::{CallOutcome, CallTally};
use super::failed_proofs::FailedProofs;
use super::refusals::{Declined, RequestCheck};
use super::replies::{failed, request_id, unsigned};
use super::reply_body::ReplyBody;
use super::streaming::stream;
use super::within::within;
use crate::telemetry::{AccessRecord, VerifiedCaller};

/// The `Retry-After` of a caller if a store or a contract does not answer in time.
const PAUSE: Duration = Duration::from_secs(1);

/// The request pipeline of hetu-cambium, with time limits and the count of failed signatures.
pub(crate) struct Signatures {
    pipeline: RequestPipeline,
    failed_proofs: FailedProofs,
}

impl Signatures {
    pub(crate) const fn new(pipeline: RequestPipeline, failed_proofs: FailedProofs) -> Self {
        Self { pipeline, failed_proofs }
    }

    /// Refuses a peer with too many failed signatures.
    pub(super) fn check_source(&self, arrival: &Arrival) -> Result<(), Declined> {
        let failing = self.failed_proofs.check(&arrival.source);
        failing.map_err(|refusal| RequestCheck::Rate.declined(refusal))
    }

    /// Parses the signature fields. No data is hashed, and a refused request leaves no state.
    pub(super) async fn examine<'a>(
        &self,
        arrival: &'a Arrival,
        deadline: Instant,
    ) -> Result<Claim<'a>, Declined> {
        let examined = pin!(self.pipeline.examine(&arrival.parts));
        let examined = within(deadline, examined).await.unwrap_or_else(|_| Err(no_answer()));
        examined.map_err(RequestCheck::of_fields)
    }

    /// Hashes the signature base. Only the 32 bytes of the hash are kept while the content arrives.
    pub(super) fn bind<'a>(
        &self,
        claim: Claim<'a>,
        arrival: &Arrival,
    ) -> Result<BoundClaim<'a>, Declined> {
        let claim = claim.bind().map_err(RequestCheck::of_fields)?;
        Ok(match self.failed_proofs.check_source(&arrival.source) {
            Some(source) => claim.from_source(source),
            None => claim,
        })
    }

    /// Verifies the digest and the signature. The last check is that the signature is unused.
    pub(super) async fn verify(
        &self,
        claim: BoundClaim<'_>,
        content: &[u8],
        arrival: &Arrival,
        deadline: Instant,
    ) -> Result<VerifiedRequest, Declined> {
        // The verification may query a contract or a store.
        let request = {
            let verified = pin!(self.pipeline.admit(claim, content));
            within(deadline, verified).await.unwrap_or_else(|_| Err(no_answer()))
        };
        let request = request.map_err(|refusal| {
            if refusal.reason() == Reason::BadSignature {
                self.failed_proofs.note(&arrival.source);
            }
            RequestCheck::of_proof(refusal)
        })?;
        arrival.source.mark_verified();
        Ok(request)
    }

    /// Opens a session for a verified request. The reply is signed later.
    pub(super) async fn open_session(
        &self,
        request: &VerifiedRequest,
        content: &Bytes,
        arrival: &Arrival,
        deadline: Instant,
    ) -> Result<Response<Bytes>, Declined> {
        let opened = pin!(self.pipeline.open_session(&arrival.parts, request, content));
        let opened = within(deadline, opened).await.unwrap_or_else(|_| Err(no_answer()));
        opened.map_err(|refusal| RequestCheck::Session.declined(refusal))
    }

    /// Signs a reply to `request`. The reply to an unsigned request stays unsigned.
    pub(super) async fn reply(
        &self,
        service: &str,
        request: Option<VerifiedRequest>,
        reply: UnsignedReply,
    ) -> Response<ReplyBody> {
        let signed = match (reply, request) {
            (UnsignedReply::Stream(items, tally), Some(request)) => {
                return self.stream(service, request, items, tally).await;
            }
            // A stream ends with a signature, so a miner with an open stream service does not
            // start.
            (UnsignedReply::Stream(_, mut tally), None) => {
                tally.note(CallOutcome::Failed);
                let failure = CallFailure::Panicked("an open stream".to_owned());
                failed(service, request_id(), failure).to_response()
            }
            (UnsignedReply::Served(reply, mut tally), request) => {
                let reply = self.sign(request.as_ref(), reply).await;
                tally.note(CallOutcome::Served);
                reply
            }
            (UnsignedReply::Other(reply), request) => self.sign(request.as_ref(), reply).await,
        };
        signed.map(ReplyBody::from)
    }

    async fn sign(
        &self,
        request: Option<&VerifiedRequest>,
        mut reply: Response<Bytes>,
    ) -> Response<Bytes> {
        let Some(request) = request else { return reply };
        if AccessRecord::is_wanted() {
            reply.extensions_mut().insert(VerifiedCaller(request.caller()));
        }
        self.pipeline.sign(request, reply).await.unwrap_or_else(|error| unsigned(&error))
    }

    /// Answers with items. One signature covers the head, and another one the end.
    async fn stream(
        &self,
        service: &str,
        request: VerifiedRequest,
        items: Items,
        mut tally: CallTally,
    ) -> Response<ReplyBody> {
        let (caller, mut headers) = (request.caller(), HeaderMap::new());
        match self.pipeline.open_stream(request, &mut headers).await {
            Ok(signer) => stream(service, caller, (signer, headers), items, tally),
            Err(error) => {
                tally.note(CallOutcome::Failed);
                unsigned(&error).map(ReplyBody::from)
            }
        }
    }
}

/// Returns the refusal for a store or a contract that did not answer.
fn no_answer() -> Refusal {
    let detail = "what was signed could not be checked in the time that was left";
    Refusal::new(Reason::SignatureVerificationUnavailable, detail).with_retry_after(PAUSE)
}
