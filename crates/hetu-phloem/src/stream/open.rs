//! Asking for a stream.

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use hetu_cambium::{
    Envelope, EventStreamVerifier, PendingReply, SigningError, StreamRefusal, StreamService,
};
use http::{Method, Request, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::ReplyStream;
use super::reading::{Reading, Told};
use crate::endpoint::{MinerEndpoint, ProvenEndpoint};
use crate::exchange::{Exchanger, lets_doubt};
use crate::receive::{not_sent, receive};
use crate::{QueryError, Target};

impl Exchanger {
    /// Asks `target` for a stream, which is over when the time for streams is.
    ///
    /// It is always signed by the wallet: a long one would hold up the numbers of a session.
    pub(crate) async fn open_stream<S: StreamService>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<ReplyStream<S::Item>, QueryError> {
        let limit = self.0.stream_deadline;
        let until = Instant::now() + limit;
        let reading = timeout_at(until, self.begin::<S>(target, request, until)).await;
        let reading = reading.unwrap_or(Err(QueryError::TimedOut { limit }))?;
        Ok(ReplyStream { miner: target.address, reading: Some(reading), item: PhantomData })
    }

    async fn begin<S: StreamService>(
        &self,
        target: &Target,
        request: &S::Request,
        until: Instant,
    ) -> Result<Reading, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let room = Arc::clone(&endpoint.room).acquire_owned().await;
        let room = room.map_err(|_| QueryError::Cancelled)?;
        let proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        let turn = proven.turn().await;
        let proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        let begun = self.request_stream::<S>(&endpoint, &proven, request, until).await;
        let is_first = turn.is_some();
        match begun {
            Ok((body, verifier)) => {
                proven.end_probation();
                drop(turn);
                Ok(Reading {
                    body,
                    verifier: Some(verifier),
                    parts: Vec::new().into_iter(),
                    told: Told::Nothing,
                    deadline: Box::pin(sleep_until(until)),
                    limit: self.0.stream_deadline,
                    endpoint,
                    proven,
                    _room: room,
                })
            }
            Err(error) => {
                if lets_doubt(&error) {
                    endpoint.doubt(&proven, is_first.then(|| error.clone()));
                }
                Err(error)
            }
        }
    }

    async fn request_stream<S: StreamService>(
        &self,
        endpoint: &MinerEndpoint,
        proven: &ProvenEndpoint,
        request: &S::Request,
        until: Instant,
    ) -> Result<(Incoming, EventStreamVerifier), QueryError> {
        let (pending, request) = self.sign_for::<S>(endpoint, proven, request, until).await?;
        let sending = proven.client.request(request);
        let response = sending.await.map_err(|error| not_sent(&error))?;
        let (head, body) = response.into_parts();
        let (limits, clock) = (self.0.stream_limits, self.0.clock.as_ref());
        match pending.verify_stream(head.status, &head.headers, limits, clock) {
            Ok(verifier) => Ok((body, verifier)),
            Err(StreamRefusal::NoStream) => {
                let content = receive(body, self.0.reply_limit).await?;
                self.judge(&pending, head.status, &head.headers, &content)?;
                Err(QueryError::Undecodable { reason: StreamRefusal::NoStream.to_string() })
            }
            Err(StreamRefusal::Head(refusal)) => Err(refusal.into()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn sign_for<S: StreamService>(
        &self,
        endpoint: &MinerEndpoint,
        proven: &ProvenEndpoint,
        request: &S::Request,
        until: Instant,
    ) -> Result<(PendingReply, Request<Full<Bytes>>), QueryError> {
        let codec = self.0.codec;
        let content = codec.encode(request).map_err(SigningError::from)?;
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = Method::POST;
        parts.uri = service_uri(&proven.uri, S::NAME)?;
        let left = until.saturating_duration_since(Instant::now());
        let envelope = Envelope::new(self.0.netuid, endpoint.address, left).with_codec(codec);
        let pending = self.0.signer.sign(&mut parts, &content, &envelope).await?;
        Ok((pending, Request::from_parts(parts, Full::new(content))))
    }
}

fn service_uri(endpoint: &Uri, name: &str) -> Result<Uri, QueryError> {
    let mut parts = endpoint.clone().into_parts();
    let path = format!("/{name}").parse();
    parts.path_and_query = Some(path.map_err(|_| SigningError::NotAbsolute)?);
    Uri::from_parts(parts).map_err(|_| SigningError::NotAbsolute.into())
}
