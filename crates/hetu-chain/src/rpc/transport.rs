//! Calls to a network's endpoints, with deadlines and retries of what may be repeated.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jsonrpsee::core::client::{ClientT, Error as ClientError};
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use jsonrpsee::types::ErrorObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{HexBytes, NodeError, RpcError, RpcFailure};
use crate::network::RpcUrl;

const CALL_LIMIT: Duration = Duration::from_secs(15);
const READ_ATTEMPTS: usize = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Nodes commonly refuse batches of more than 1,000 calls, and some of more than 100.
const CALLS_PER_BATCH: usize = 100;
const MAX_ANSWER_BYTES: u32 = 64 * 1024 * 1024;

/// One JSON-RPC call of a batch.
#[derive(Clone, Debug)]
pub(crate) struct RpcCall {
    pub(crate) method: &'static str,
    pub(crate) params: Vec<Value>,
}

/// The connections to a network's endpoints.
#[derive(Debug)]
pub(crate) struct Transport {
    endpoints: Vec<Endpoint>,
    /// The endpoint that answered last, tried first.
    preferred: AtomicUsize,
}

#[derive(Debug)]
struct Endpoint {
    url: RpcUrl,
    client: HttpClient,
}

impl Transport {
    pub(crate) fn new(urls: &[RpcUrl]) -> Result<Self, RpcError> {
        let endpoints = urls.iter().map(Endpoint::new).collect::<Result<_, _>>()?;
        Ok(Self { endpoints, preferred: AtomicUsize::new(0) })
    }

    /// Calls a method that changes nothing, on another endpoint if one cannot be reached.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        let mut attempts = Attempts::new(self);
        loop {
            let outcome = attempts.endpoint().call(method, params.clone()).await;
            if let Some(outcome) = attempts.settle(outcome).await {
                return outcome;
            }
        }
    }

    /// Calls a method that may change something: once, on the preferred endpoint.
    pub(crate) async fn submit<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        let preferred = self.preferred.load(Ordering::Relaxed) % self.endpoints.len();
        self.endpoints[preferred].call(method, params).await
    }

    /// Calls many methods that change nothing, in as few requests as nodes allow. The answers
    /// have the order of the calls.
    pub(crate) async fn read_batch<T: DeserializeOwned + std::fmt::Debug>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(CALLS_PER_BATCH) {
            answers.extend(self.read_chunk(chunk).await?);
        }
        Ok(answers)
    }

    async fn read_chunk<T: DeserializeOwned + std::fmt::Debug>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let mut attempts = Attempts::new(self);
        loop {
            let outcome = attempts.endpoint().batch(calls).await;
            if let Some(outcome) = attempts.settle(outcome).await {
                return outcome;
            }
        }
    }
}

/// The tries that one read has, each on the next endpoint.
struct Attempts<'transport> {
    transport: &'transport Transport,
    position: usize,
    left: usize,
    pause: Duration,
}

impl<'transport> Attempts<'transport> {
    fn new(transport: &'transport Transport) -> Self {
        let position = transport.preferred.load(Ordering::Relaxed);
        Self { transport, position, left: READ_ATTEMPTS, pause: FIRST_PAUSE }
    }

    fn endpoint(&self) -> &'transport Endpoint {
        let endpoints = &self.transport.endpoints;
        &endpoints[self.position % endpoints.len()]
    }

    /// Returns the outcome if it is the last word; else waits until the next try is due.
    async fn settle<T>(&mut self, outcome: Result<T, RpcFailure>) -> Option<Result<T, RpcFailure>> {
        self.left -= 1;
        match &outcome {
            Err(RpcFailure::Failed(error))
                if error.retryability().is_retryable() && self.left > 0 =>
            {
                tracing::debug!(%error, "retrying a read");
            }
            _ => {
                self.transport.preferred.store(self.position, Ordering::Relaxed);
                return Some(outcome);
            }
        }
        tokio::time::sleep(self.pause).await;
        self.pause *= 2;
        self.position = self.position.wrapping_add(1);
        None
    }
}

impl Endpoint {
    fn new(url: &RpcUrl) -> Result<Self, RpcError> {
        let client = HttpClientBuilder::default()
            .request_timeout(CALL_LIMIT)
            .max_response_size(MAX_ANSWER_BYTES)
            .build(url.expose())
            .map_err(|error| RpcError::Unreachable {
                endpoint: url.clone(),
                method: "connect",
                reason: error.to_string(),
            })?;
        Ok(Self { url: url.clone(), client })
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        self.client.request(method, params).await.map_err(|error| self.failure(method, error))
    }

    async fn batch<T: DeserializeOwned + std::fmt::Debug>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let method = calls.first().map_or("batch", |call| call.method);
        let mut request = BatchRequestBuilder::new();
        for call in calls {
            request
                .insert(call.method, call.params.clone())
                .map_err(|error| self.malformed(method, error))?;
        }
        let answers = self
            .client
            .batch_request::<Value>(request)
            .await
            .map_err(|error| self.failure(method, error))?;
        answers
            .into_iter()
            .map(|answer| match answer {
                Ok(value) => serde_json::from_value(value)
                    .map(Ok)
                    .map_err(|error| self.malformed(method, error)),
                Err(error) => Ok(Err(node_error(&error))),
            })
            .collect()
    }

    fn failure(&self, method: &'static str, error: ClientError) -> RpcFailure {
        let endpoint = self.url.clone();
        match error {
            ClientError::Call(object) => {
                RpcFailure::Answered { endpoint, method, error: node_error(&object) }
            }
            ClientError::RequestTimeout => {
                RpcFailure::Failed(RpcError::TimedOut { endpoint, method, limit: CALL_LIMIT })
            }
            ClientError::ParseError(error) => self.malformed(method, error),
            other => RpcFailure::Failed(RpcError::Unreachable {
                endpoint,
                method,
                reason: innermost(&other),
            }),
        }
    }

    fn malformed(&self, method: &'static str, error: serde_json::Error) -> RpcFailure {
        RpcFailure::Failed(RpcError::Malformed {
            endpoint: self.url.clone(),
            method,
            reason: error.to_string(),
        })
    }
}

/// The cause at the end of the chain, which says what happened ("Connection refused") where the
/// outer errors only say that something did.
fn innermost(error: &ClientError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn node_error(object: &ErrorObject<'_>) -> NodeError {
    let revert_data = object
        .data()
        .and_then(|data| serde_json::from_str::<HexBytes>(data.get()).ok())
        .map(|bytes| bytes.0);
    NodeError { code: object.code(), message: object.message().to_owned(), revert_data }
}
