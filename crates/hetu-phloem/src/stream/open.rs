//! Asking for a stream.

use std::marker::PhantomData;

use hetu_cambium::{EventStreamVerifier, SigningError, StreamRefusal, StreamService, TraceContext};
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::ReplyStream;
use super::reading::{Reading, Told};
use crate::exchange::{Call, Exchanger, Terms, Way, tell};
use crate::receive::receive;
use crate::request_id::request_id;
use crate::until::until;
use crate::{QueryError, Target};

/// A stream of which nothing was read yet.
struct Begun {
    body: Incoming,
    verifier: EventStreamVerifier,
    request_id: Option<Box<str>>,
}

impl Exchanger {
    /// Asks `target` for a stream, which is over when the time for streams is.
    ///
    /// It is always signed by the wallet: a long one would hold up the numbers of a session.
    pub(crate) async fn open_stream<S: StreamService>(
        &self,
        target: &Target,
        request: &S::Request,
        trace: TraceContext,
    ) -> Result<ReplyStream<S::Item>, QueryError> {
        let (limit, codec) = (self.0.stream_deadline, self.0.codec);
        let content = codec.encode(request).map_err(SigningError::from)?;
        let call = Call { service: S::NAME, codec, content, terms: Terms::of(trace) };
        let (started, until) = (Instant::now(), until(limit));
        let begun = timeout_at(until, self.begin(target, &call, until)).await;
        let begun = begun.unwrap_or(Err(QueryError::TimedOut { limit }));
        let head_took = started.elapsed();
        tell(
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
            permit: None,
            item: PhantomData,
        })
    }

    async fn begin(
        &self,
        target: &Target,
        call: &Call<'_>,
        until: Instant,
    ) -> Result<(Reading, Option<Box<str>>), QueryError> {
        let mut admission = self.admission(target, until).await?;
        let begun = self.request_stream(admission.way(), call).await;
        admission.settle(&begun);
        let Begun { body, verifier, request_id } = begun?;
        let reading = Reading {
            body,
            verifier: Some(verifier),
            parts: Vec::new().into_iter(),
            told: Told::Nothing,
            deadline: Box::pin(sleep_until(until)),
            limit: self.0.stream_deadline,
            admission,
        };
        Ok((reading, request_id))
    }

    async fn request_stream(&self, way: Way<'_>, call: &Call<'_>) -> Result<Begun, QueryError> {
        let (parts, pending) = self.sign_by_wallet(way, call).await?;
        let response = way.proven.client.request(call.request(parts)).await?;
        let (head, body) = response.into_parts();
        let (limits, clock) = (self.0.stream_limits, self.0.clock.as_ref());
        match pending.verify_stream(head.status, &head.headers, limits, clock) {
            Ok(verifier) => Ok(Begun { body, verifier, request_id: request_id(&head.headers) }),
            Err(StreamRefusal::NoStream) => {
                let content = receive(body, self.0.reply_limit, None).await?;
                self.judge(call.service, &pending, head.status, &head.headers, &content)?;
                Err(QueryError::undecodable(&StreamRefusal::NoStream, request_id(&head.headers)))
            }
            Err(StreamRefusal::Head(refusal)) => Err(refusal.into()),
            Err(refusal) => Err(refusal.into()),
        }
    }
}
