//! One request and its reply: signed, sent, received, verified, decoded.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{
    Codec, Envelope, PendingReply, Problem, Receipt, RequestSigner, Service, SignedRequest,
    SigningError,
};
use hetu_chain::{Address, Clock, NetUid};
use http::{HeaderMap, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use tower::BoxError;

use crate::connector::HttpClient;
use crate::{QueryError, Target};

/// What a miner answered, proven to be its answer to this very request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<Reply> {
    /// The reply of the service.
    pub reply: Reply,
    /// The miner that signed it.
    pub miner: Address,
    /// From before signing the request to after verifying the reply.
    pub latency: Duration,
    /// The evidence of both signatures, contents included, if the client keeps receipts.
    pub receipt: Option<Box<Receipt>>,
}

/// What every exchange of a client has in common.
#[derive(Debug)]
pub(crate) struct Exchanger {
    pub(crate) http: HttpClient,
    pub(crate) signer: RequestSigner,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) netuid: NetUid,
    pub(crate) deadline: Duration,
    pub(crate) reply_limit: usize,
    pub(crate) codec: Codec,
    pub(crate) keeps_receipts: bool,
}

/// A reply that is proven and decoded, and its evidence.
struct Proven<Reply> {
    reply: Reply,
    receipt: Option<Box<Receipt>>,
}

impl Exchanger {
    /// Asks `target` once, within the deadline.
    pub(crate) async fn exchange<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<Answer<S::Reply>, QueryError> {
        let started = Instant::now();
        let answered = tokio::time::timeout(self.deadline, self.ask::<S>(target, request)).await;
        let proven = answered.map_err(|_| QueryError::TimedOut { limit: self.deadline })??;
        let Proven { reply, receipt } = proven;
        Ok(Answer { reply, miner: target.address, latency: started.elapsed(), receipt })
    }

    /// As [`exchange`](Self::exchange), with JSON for a service that is known by its name alone.
    pub(crate) async fn exchange_json(
        &self,
        target: &Target,
        service: &str,
        request: &Value,
    ) -> Result<Answer<Value>, QueryError> {
        let started = Instant::now();
        let asking = async {
            let envelope = self.envelope(target).with_codec(Codec::Json);
            let content = Codec::Json.encode(request).map_err(SigningError::from)?;
            let signing =
                self.signer.call_named(&uri(target)?, service, content, &envelope).await?;
            self.answer_to(signing).await
        };
        let answered = tokio::time::timeout(self.deadline, asking).await;
        let proven = answered.map_err(|_| QueryError::TimedOut { limit: self.deadline })??;
        let Proven { reply, receipt } = proven;
        Ok(Answer { reply, miner: target.address, latency: started.elapsed(), receipt })
    }

    async fn ask<S: Service>(
        &self,
        target: &Target,
        request: &S::Request,
    ) -> Result<Proven<S::Reply>, QueryError> {
        let envelope = self.envelope(target).with_codec(self.codec);
        let signed = self.signer.call::<S>(&uri(target)?, request, &envelope).await?;
        self.answer_to(signed).await
    }

    fn envelope(&self, target: &Target) -> Envelope {
        Envelope::new(self.netuid, target.address, self.deadline)
    }

    /// Sends a request, and believes and decodes what comes back.
    async fn answer_to<Reply: DeserializeOwned>(
        &self,
        signed: SignedRequest,
    ) -> Result<Proven<Reply>, QueryError> {
        let sent = signed.request.body().clone();
        let response = self
            .http
            .request(signed.request.map(Full::new))
            .await
            .map_err(|error| unreachable(&error))?;
        let (head, body) = response.into_parts();
        let content = self.receive(body).await?;
        let codec = self.judge(&signed.pending, head.status, &head.headers, &content)?;
        let reply = codec
            .decode(&content)
            .map_err(|error| QueryError::Undecodable { reason: error.to_string() })?;
        let receipt =
            self.keeps_receipts.then(|| signed.pending.receipt(head.status, &head.headers));
        let with_contents = |receipt: Receipt| Box::new(receipt.with_contents(&sent, &content));
        Ok(Proven { reply, receipt: receipt.flatten().map(with_contents) })
    }

    async fn receive(
        &self,
        body: impl Body<Data = Bytes, Error: Into<BoxError>>,
    ) -> Result<Bytes, QueryError> {
        let limited = Limited::new(body, self.reply_limit);
        match limited.collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(QueryError::TooLarge { limit: self.reply_limit })
            }
            Err(error) => Err(unreachable(error.as_ref())),
        }
    }

    /// Believes nothing before the signature holds; an unsigned refusal is passed on as such,
    /// because a miner does not sign for callers it does not know.
    fn judge(
        &self,
        pending: &PendingReply,
        status: StatusCode,
        headers: &HeaderMap,
        content: &[u8],
    ) -> Result<Codec, QueryError> {
        let trusted = pending.verify(status, headers, content, self.clock.as_ref());
        if status.is_success() {
            trusted?;
            return Codec::of_content(headers)
                .map_err(|error| QueryError::Undecodable { reason: error.to_string() });
        }
        match Problem::parse(headers, content) {
            Some(problem) => {
                Err(QueryError::Refused { problem: Box::new(problem), is_signed: trusted.is_ok() })
            }
            None => Err(QueryError::UnexpectedStatus { status }),
        }
    }
}

fn uri(target: &Target) -> Result<Uri, QueryError> {
    target.endpoint.to_string().parse().map_err(|error: http::uri::InvalidUri| {
        QueryError::Unreachable { reason: error.to_string() }
    })
}

/// The cause at the end of the chain says what happened; the outer ones that something did.
fn unreachable(error: &(dyn std::error::Error + 'static)) -> QueryError {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    QueryError::Unreachable { reason: cause.to_string() }
}
