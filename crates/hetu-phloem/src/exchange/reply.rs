//! The reply to a call, and the proof of its author.

use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Codec, PendingReply, Receipt};
use hetu_chain::{Address, Clock};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::call::ReplyDecoder;
use crate::request_id::request_id;
use crate::retry_after::retry_after;
use crate::{Answer, QueryError, ReplyShare, json_weight, problem};

/// A reply that is proven but not decoded.
#[derive(Debug)]
pub(crate) struct ProvenReply {
    pub(super) codec: Codec,
    pub(super) content: Bytes,
    pub(super) receipt: Option<Box<Receipt>>,
    pub(super) request_id: Option<Box<str>>,
    pub(super) latency: Duration,
}

impl ProvenReply {
    /// Refuses an untyped reply that takes far more memory than it has bytes, and charges its
    /// memory to `share`. A type bounds its own replies.
    pub(super) fn weigh(&self, limit: usize, share: Option<&ReplyShare>) -> Result<(), QueryError> {
        json_weight::check(&self.content, limit)?;
        let excess = json_weight::excess(&self.content);
        share.map_or(Ok(()), |share| share.charge(excess))
    }

    pub(super) fn decode<Reply: DeserializeOwned>(&self) -> Result<Reply, QueryError> {
        let decoded = self.codec.decode(&self.content);
        decoded.map_err(|error| QueryError::undecodable(&error, self.request_id.clone()))
    }

    pub(super) fn into_answer<Reply>(
        self,
        decoder: ReplyDecoder<Reply>,
        miner: Address,
    ) -> Result<Answer<Reply>, QueryError> {
        let Self { codec, content, receipt, request_id, latency } = self;
        let reply = decoder
            .decode(codec, &content)
            .map_err(|error| QueryError::undecodable(&error, request_id.clone()))?;
        Ok(Answer { reply, miner, latency, receipt, request_id })
    }
}

/// Verifies a reply and returns the codec of its content, or the error that it represents.
///
/// No part is trusted before the signature is verified. An unsigned refusal is returned as such,
/// because a miner does not sign for callers that it does not know.
pub(crate) fn verify(
    service: &str,
    pending: &PendingReply,
    status: StatusCode,
    headers: &HeaderMap,
    content: &[u8],
    clock: &dyn Clock,
) -> Result<Codec, QueryError> {
    let trusted = pending.verify(status, headers, content, clock);
    if status.is_success() {
        trusted?;
        return Codec::of_content(headers)
            .map_err(|error| QueryError::undecodable(&error, request_id(headers)));
    }
    let retry_after = retry_after(headers, clock);
    let request_id = request_id(headers);
    let Some(mut problem) = problem::read(headers, content) else {
        let path = format!("/{service}").into();
        return Err(QueryError::UnexpectedStatus { path, status, retry_after, request_id });
    };
    if let (None, Some(id)) = (problem.request_id(), request_id) {
        problem = problem.with_request_id(id);
    }
    let (problem, is_signed) = (Box::new(problem), trusted.is_ok());
    Err(QueryError::Refused { problem, is_signed, retry_after })
}
