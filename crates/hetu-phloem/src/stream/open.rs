//! The request for a stream.

use hetu_cambium::{EventStreamVerifier, StreamRefusal, TraceContext};
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::ReplyStream;
use super::reading::{StreamEnd, StreamReader};
use crate::call::EncodedCall;
use crate::exchange::{
    CallTerms, ExchangePath, ExchangePermit, Exchanger, OutgoingCall, log_outcome, verify,
};
use crate::receive::receive;
use crate::request_id::request_id;
use crate::until::until;
use crate::{QueryError, Target};

/// A stream of which no item was read yet.
struct OpenedStream {
    body: Incoming,
    verifier: EventStreamVerifier,
    request_id: Option<Box<str>>,
}

impl Exchanger {
    /// Requests a stream from `target`, which ends when the time limit of streams expires.
    ///
    /// The wallet always signs the request: a long stream would block the sequence numbers of a
    /// session.
    pub(crate) async fn open_stream<Item>(
        &self,
        target: &Target,
        call: &EncodedCall<'_, Item>,
        trace: TraceContext,
    ) -> Result<ReplyStream<Item>, QueryError> {
        let (limit, decoder) = (self.0.stream_deadline, call.decoder);
        let call = OutgoingCall::of(call, CallTerms::of(trace))?;
        let (started, until) = (Instant::now(), until(limit));
        let begun = timeout_at(until, self.begin(target, &call, until)).await;
        let begun = begun.unwrap_or(Err(QueryError::TimedOut { limit }));
        let head_took = started.elapsed();
        log_outcome(
            target,
            &call,
            begun.as_ref().map(|(_, request_id)| (head_took, request_id.as_deref())),
        );
        let (reading, request_id) = begun?;
        Ok(ReplyStream {
            miner: target.address,
            request_id,
            reading: Some(reading),
            head_took,
            guard: None,
            decoder,
        })
    }

    async fn begin(
        &self,
        target: &Target,
        call: &OutgoingCall<'_>,
        until: Instant,
    ) -> Result<(StreamReader, Option<Box<str>>), QueryError> {
        let mut permit = ExchangePermit::acquire(&self.0, target, until).await?;
        let begun = self.request_stream(permit.path(), call).await;
        permit.settle(&begun);
        let OpenedStream { body, verifier, request_id } = begun?;
        let reading = StreamReader {
            body,
            verifier: Some(verifier),
            parts: Vec::new().into_iter(),
            end: StreamEnd::Unknown,
            deadline: Box::pin(sleep_until(until)),
            limit: self.0.stream_deadline,
            permit,
        };
        Ok((reading, request_id))
    }

    async fn request_stream(
        &self,
        path: ExchangePath<'_>,
        call: &OutgoingCall<'_>,
    ) -> Result<OpenedStream, QueryError> {
        let (parts, pending) = self.sign_by_wallet(path, call).await?;
        let response = path.proven.client.request(call.request(parts)).await?;
        let (head, body) = response.into_parts();
        let (limits, clock) = (self.0.stream_limits, self.0.clock.as_ref());
        match pending.verify_stream(head.status, &head.headers, limits, clock) {
            Ok(verifier) => {
                Ok(OpenedStream { body, verifier, request_id: request_id(&head.headers) })
            }
            Err(StreamRefusal::NoStream) => {
                let content = receive(body, self.0.reply_limit, None).await?;
                verify(call.service, &pending, head.status, &head.headers, &content, clock)?;
                Err(QueryError::undecodable(&StreamRefusal::NoStream, request_id(&head.headers)))
            }
            Err(StreamRefusal::Head(refusal)) => Err(refusal.into()),
            Err(refusal) => Err(refusal.into()),
        }
    }
}
