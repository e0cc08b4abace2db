//! The same for services that are known by their names alone.

use std::time::Duration;

use hetu_cambium::{Codec, SigningError};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{Answer, Exchanger, ProvenReply, Way, lets_doubt};
use crate::{Attempt, QueryError, Target};

/// A call in JSON of a service that is known by its name alone.
#[derive(Debug)]
pub(crate) struct JsonCall<'a> {
    pub(crate) exchanger: &'a Exchanger,
    pub(crate) service: &'a str,
    pub(crate) request: &'a Value,
}

impl Attempt for JsonCall<'_> {
    type Reply = Value;

    /// Such calls are few, so they are signed by the wallet and not in a session.
    async fn attempt(&self, target: &Target, limit: Duration) -> Result<Answer<Value>, QueryError> {
        let until = Instant::now() + limit;
        let asking = self.exchanger.ask_json(target, self.service, self.request, until);
        timeout_at(until, asking).await.unwrap_or(Err(QueryError::TimedOut { limit }))
    }
}

impl Exchanger {
    async fn ask_json(
        &self,
        target: &Target,
        service: &str,
        request: &Value,
        until: Instant,
    ) -> Result<Answer<Value>, QueryError> {
        let endpoint = self.0.endpoints.endpoint(target)?;
        let _room = endpoint.room.acquire().await.map_err(|_| QueryError::Cancelled)?;
        let first = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        let turn = if first.is_on_probation() { Some(first.turn().await) } else { None };
        // While this call waited, another one may have shown that it is somebody else.
        let proven = endpoint.proven(&self.0.prover, self.0.proof_ages).await?;
        let way = Way { endpoint: &endpoint, proven: &proven, until };
        let answer = self.ask_json_by_wallet(way, service, request).await;
        match &answer {
            Ok(_) | Err(QueryError::Refused { is_signed: true, .. }) => proven.end_probation(),
            Err(error) if lets_doubt(error) => {
                endpoint.doubt(&proven, turn.as_ref().map(|_| error.clone()));
            }
            Err(_) => {}
        }
        answer
    }

    async fn ask_json_by_wallet(
        &self,
        way: Way<'_>,
        service: &str,
        request: &Value,
    ) -> Result<Answer<Value>, QueryError> {
        let started = Instant::now();
        let content = Codec::Json.encode(request).map_err(SigningError::from)?;
        let envelope = self.envelope(way).with_codec(Codec::Json);
        let signer = &self.0.signer;
        let signed = signer.call_named(&way.proven.uri, service, content, &envelope).await?;
        let ProvenReply { codec, content, receipt } = self.send(way.proven, signed).await?;
        let latency = started.elapsed();
        let reply = codec
            .decode(&content)
            .map_err(|error| QueryError::Undecodable { reason: error.to_string() })?;
        Ok(Answer { reply, miner: way.endpoint.address, latency, receipt })
    }
}
