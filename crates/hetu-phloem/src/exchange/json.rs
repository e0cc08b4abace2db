//! The same for services that are known by their names alone.

use hetu_cambium::{Codec, SigningError};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{Answer, Exchanger, ProvenReply, Way, lets_doubt};
use crate::{QueryError, Target};

impl Exchanger {
    /// Asks `target` once for `service` in JSON, within the deadline. Such calls are few, so they
    /// are signed by the wallet and not in a session.
    pub(crate) async fn exchange_json(
        &self,
        target: &Target,
        service: &str,
        request: &Value,
    ) -> Result<Answer<Value>, QueryError> {
        let limit = self.0.deadline;
        let until = Instant::now() + limit;
        let asking = self.ask_json(target, service, request, until);
        timeout_at(until, asking).await.unwrap_or(Err(QueryError::TimedOut { limit }))
    }

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
