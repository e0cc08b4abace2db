//! A signed call over the network, as an attempt that the router can make.

use std::time::Duration;

use hetu_cambium::TraceContext;
use tokio::time::timeout_at;

use super::call_log::log_outcome;
use super::exchanger::{CallTerms, Exchanger, OutgoingCall};
use crate::call::EncodedCall;
use crate::until::until;
use crate::{Answer, Attempt, QueryError, ReplyShare, Target};

/// A call that is signed again for each attempt.
#[derive(Debug)]
pub(crate) struct SignedCall<'a, Reply> {
    exchanger: &'a Exchanger,
    call: EncodedCall<'a, Reply>,
    /// The trace that all attempts belong to.
    trace: TraceContext,
    only_if_undone: bool,
}

impl<'a, Reply> SignedCall<'a, Reply> {
    pub(crate) const fn new(
        exchanger: &'a Exchanger,
        call: EncodedCall<'a, Reply>,
        trace: TraceContext,
    ) -> Self {
        Self { exchanger, call, trace, only_if_undone: false }
    }

    /// Does not repeat a request because of an unsigned reply, if `only_if_undone`.
    pub(crate) const fn only_if_undone(mut self, only_if_undone: bool) -> Self {
        self.only_if_undone = only_if_undone;
        self
    }

    pub(crate) fn service(&self) -> &str {
        &self.call.service
    }
}

impl<Reply: Send> Attempt for SignedCall<'_, Reply> {
    type Reply = Reply;

    async fn attempt(&self, target: &Target, limit: Duration) -> Result<Answer<Reply>, QueryError> {
        self.ask(target, limit, None).await
    }

    async fn attempt_within(
        &self,
        target: &Target,
        limit: Duration,
        share: ReplyShare,
    ) -> Result<Answer<Reply>, QueryError> {
        self.ask(target, limit, Some(&share)).await
    }
}

impl<Reply> SignedCall<'_, Reply> {
    /// Asks `target` once within `limit`, and logs the outcome.
    async fn ask(
        &self,
        target: &Target,
        limit: Duration,
        share: Option<&ReplyShare>,
    ) -> Result<Answer<Reply>, QueryError> {
        let only_if_undone = self.only_if_undone;
        let terms = CallTerms { share, only_if_undone, ..CallTerms::of(self.trace) };
        let call = OutgoingCall::of(&self.call, terms)?;
        let until = until(limit);
        let reply = timeout_at(until, self.exchanger.ask(target, &call, until)).await;
        let reply = reply.unwrap_or(Err(QueryError::TimedOut { limit }));
        let answer = reply.and_then(|reply| {
            if self.call.decoder.is_untyped {
                reply.weigh(self.exchanger.0.reply_limit, share)?;
            }
            reply.into_answer(self.call.decoder, target.address)
        });
        let seen = answer.as_ref().map(|answer| (answer.latency, answer.request_id.as_deref()));
        log_outcome(target, &call, seen);
        answer
    }
}
