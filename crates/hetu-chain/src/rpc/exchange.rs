//! Calls to one node and its answers, without a record of the node's health.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

use super::complaint::Complaint;
use super::envelope::{self, Answer, BatchAnswer, NoAnswer};
use super::http_client::{EndpointHttpClient, HttpAnswer, HttpFailure};
use super::{NodeError, RpcCall, RpcError, RpcFailure, TransportOptions};
use crate::network::RpcUrl;
use crate::text::ForeignError;

/// The answers to a batch, in the order of its calls.
pub(super) type BatchOutcome<T> = Result<Vec<Result<T, NodeError>>, RpcFailure>;

/// The client of the node at one URL.
#[derive(Debug)]
pub(super) struct RpcExchange {
    pub(super) url: RpcUrl,
    http: EndpointHttpClient,
    next_id: AtomicU64,
    answer_bytes: u32,
}

impl RpcExchange {
    pub(super) fn new(url: &RpcUrl, options: &TransportOptions) -> Result<Self, RpcError> {
        let answer_bytes = options.answer_bytes;
        let http = EndpointHttpClient::new(url, options)
            .map_err(|failure| http_failure(url, "connect", answer_bytes, failure))?;
        Ok(Self { url: url.clone(), http, next_id: AtomicU64::new(1), answer_bytes })
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let request = envelope::call(id, method, params);
        let request = request.map_err(|error| self.malformed(method, error))?;
        let answer = self.post(method, request, limit).await?;
        let body = String::from_utf8_lossy(&answer.body);
        match self.read(method, &answer, envelope::read_single(&body, id))? {
            Ok(result) => self.parsed(method, result.get()),
            Err(error) => Err(self.refused(method, &answer, error)),
        }
    }

    /// Sends several calls in one request.
    pub(super) async fn batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        limit: Duration,
    ) -> BatchOutcome<T> {
        // Some nodes do not support batches.
        if let [RpcCall { method, params }] = calls {
            return match self.call(method, params, limit).await {
                Err(RpcFailure::Answered { error, .. }) => Ok(vec![Err(error)]),
                answer => answer.map(|answer| vec![Ok(answer)]),
            };
        }
        let method = calls.first().map_or("batch", |call| call.method);
        let count = u64::try_from(calls.len()).unwrap_or(u64::MAX);
        let first_id = self.next_id.fetch_add(count, Ordering::Relaxed);
        let request =
            envelope::batch(first_id, calls.iter().map(|call| (call.method, &call.params[..])));
        let request = request.map_err(|error| self.malformed(method, error))?;
        let answer = self.post(method, request, limit).await?;
        let body = String::from_utf8_lossy(&answer.body);
        let answers = envelope::read_batch(&body, first_id, calls.len());
        match self.read(method, &answer, answers)? {
            BatchAnswer::Whole(error) => Err(self.refused(method, &answer, error)),
            BatchAnswer::Each(answers) => {
                let pairs = calls.iter().zip(answers);
                pairs.map(|(call, one)| self.read_one(call.method, &answer, one)).collect()
            }
        }
    }

    fn read_one<T: DeserializeOwned>(
        &self,
        method: &'static str,
        answer: &HttpAnswer,
        one: Answer<'_>,
    ) -> Result<Result<T, NodeError>, RpcFailure> {
        match one {
            Ok(result) => self.parsed(method, result.get()).map(Ok),
            // A temporary failure of one call applies to the whole batch.
            Err(error) => match self.refused(method, answer, error) {
                RpcFailure::Answered { error, .. } => Ok(Err(error)),
                failure @ RpcFailure::Failed(_) => Err(failure),
            },
        }
    }

    async fn post(
        &self,
        method: &'static str,
        request: Vec<u8>,
        limit: Duration,
    ) -> Result<HttpAnswer, RpcError> {
        match timeout(limit, self.http.post(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => Err(http_failure(&self.url, method, self.answer_bytes, failure)),
            Err(_) => Err(RpcError::TimedOut { endpoint: self.url.clone(), method, limit }),
        }
    }

    /// Interprets a body that is not JSON-RPC by the HTTP status of the answer.
    fn read<T>(
        &self,
        method: &'static str,
        answer: &HttpAnswer,
        read: Result<T, NoAnswer>,
    ) -> Result<T, RpcFailure> {
        read.map_err(|NoAnswer(reason)| {
            let endpoint = self.url.clone();
            if answer.is_throttled() {
                return self.rate_limited(method, answer).into();
            }
            if answer.status.is_success() {
                return self.malformed(method, reason);
            }
            let status = answer.status.as_u16();
            RpcFailure::Failed(RpcError::Rejected { endpoint, method, status })
        })
    }

    /// Returns the failure of a call that was answered by an error. The failure is temporary if
    /// another node, or the same node later, may answer.
    fn refused(
        &self,
        method: &'static str,
        answer: &HttpAnswer,
        mut error: NodeError,
    ) -> RpcFailure {
        let endpoint = self.url.clone();
        error.http_status = answer.status.as_u16();
        // The status of a rate limit applies to errors without a clearer meaning.
        if answer.is_throttled() && !error.is_clear() {
            return self.rate_limited(method, answer).into();
        }
        match error.complaint() {
            Complaint::Rate => self.rate_limited(method, answer).into(),
            // For a range of logs, the limit concerns the range.
            Complaint::Limit if method != "eth_getLogs" => self.rate_limited(method, answer).into(),
            Complaint::UnknownBlock => RpcError::UnknownBlock { endpoint, method }.into(),
            _ => RpcFailure::Answered { endpoint, method, error },
        }
    }

    fn rate_limited(&self, method: &'static str, answer: &HttpAnswer) -> RpcError {
        let (endpoint, retry_after) = (self.url.clone(), answer.retry_after);
        RpcError::RateLimited { endpoint, method, retry_after }
    }

    fn parsed<T: DeserializeOwned>(
        &self,
        method: &'static str,
        result: &str,
    ) -> Result<T, RpcFailure> {
        serde_json::from_str(result).map_err(|error| self.malformed(method, error))
    }

    fn malformed(
        &self,
        method: &'static str,
        reason: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> RpcFailure {
        let reason = ForeignError::new(reason);
        let endpoint = self.url.clone();
        RpcFailure::Failed(RpcError::Malformed { endpoint, method, reason })
    }
}

fn http_failure(
    url: &RpcUrl,
    method: &'static str,
    answer_bytes: u32,
    failure: HttpFailure,
) -> RpcError {
    let endpoint = url.clone();
    match failure {
        HttpFailure::Unreachable(reason) => RpcError::Unreachable { endpoint, method, reason },
        HttpFailure::TooLarge => RpcError::TooLarge { endpoint, method, limit: answer_bytes },
    }
}
