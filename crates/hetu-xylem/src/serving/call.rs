//! A call between its checks and its reply.

use bytes::Bytes;
use hetu_cambium::VerifiedRequest;
use http::Response;
use tokio::time::Instant;

use super::attached::{CallFailure, HandlerAnswer, Items};
use super::call_metrics::{CallOutcome, CallTally};
use super::codecs::Codecs;
use super::content::ReceivedContent;
use super::refusals::Declined;
use super::replies::{failed, request_id, whole};
use crate::queue::QueueRefusal;
use crate::rates::RateKey;

/// A call that passed the checks before its reply is signed.
#[derive(Debug)]
pub(super) struct AdmittedCall {
    /// The verified request, or `None` for an unsigned call, which has an unsigned reply.
    pub(super) request: Option<VerifiedRequest>,
    pub(super) work: CallWork,
}

/// The requested work of a call.
#[derive(Debug)]
pub(super) struct CallWork {
    /// The caller under which the work is counted.
    pub(super) key: RateKey,
    pub(super) content: ReceivedContent,
    pub(super) codecs: Codecs,
    pub(super) deadline: Instant,
}

/// A reply before it is signed.
pub(super) enum UnsignedReply {
    /// The reply of the handler. It counts as served once it is signed.
    Served(Response<Bytes>, CallTally),
    Stream(Items, CallTally),
    /// A document, a refusal or a failure, already counted.
    Other(Response<Bytes>),
}

/// The reason why a call has no answer.
pub(super) enum UnservedCall {
    Declined(Declined),
    Failed(CallFailure),
}

impl UnservedCall {
    pub(super) const OVERDUE: Self = Self::Failed(CallFailure::Overdue);
}

impl From<Declined> for UnservedCall {
    fn from(declined: Declined) -> Self {
        Self::Declined(declined)
    }
}

impl From<QueueRefusal> for UnservedCall {
    fn from(refusal: QueueRefusal) -> Self {
        Self::Declined(refusal.into())
    }
}

/// Counts the outcome of a call of `service`, and creates its reply.
pub(super) fn concluded(
    outcome: Result<HandlerAnswer, UnservedCall>,
    service: &str,
    codecs: Codecs,
    mut tally: CallTally,
) -> Result<UnsignedReply, Declined> {
    match outcome {
        Ok(HandlerAnswer::Whole(content)) => {
            Ok(UnsignedReply::Served(whole(content, codecs), tally))
        }
        Ok(HandlerAnswer::Stream(items)) => Ok(UnsignedReply::Stream(items, tally)),
        Err(UnservedCall::Declined(declined)) => {
            tally.note(CallOutcome::Refused);
            Err(declined)
        }
        Err(UnservedCall::Failed(failure)) => {
            let problem = failed(service, request_id(), failure);
            tally.note(CallOutcome::of(&problem));
            Ok(UnsignedReply::Other(problem.to_response()))
        }
    }
}
