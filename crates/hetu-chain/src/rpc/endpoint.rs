//! Calls to one endpoint.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jsonrpsee::core::client::{BatchResponse, ClientT, Error as ClientError};
use jsonrpsee::core::http_helpers::HttpError;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::http_client::transport::{Error as TransportError, HttpBackend};
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder, RpcService};
use jsonrpsee::types::ErrorObject;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};
use tower::ServiceBuilder;
use tower::layer::util::{Identity, Stack};

use super::complaint::Complaint;
use super::health::Health;
use super::throttling::{HearThrottling, Throttled, ThrottlingHeard};
use super::{HexBytes, NodeError, Quantity, RpcCall, RpcError, RpcFailure, TransportOptions};
use crate::network::RpcUrl;
use crate::{ChainId, ForeignText};

/// Nodes commonly refuse batches of more than 1,000 calls, and some of more than 100.
const CALLS_PER_BATCH: usize = 100;
/// How long a node is left alone that limits the rate and does not say for how long.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(1);

type Client = HttpClient<RpcService<ThrottlingHeard<HttpBackend>>>;

/// One endpoint and what is known of it.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: RpcUrl,
    pub(super) health: Health,
    client: Client,
    chain_id: ChainId,
    /// Set once the node has said that it is of this chain. Nothing else is asked before.
    proven: OnceCell<()>,
    attempt_limit: Duration,
    answer_bytes: u32,
    calls_per_batch: AtomicUsize,
}

impl Endpoint {
    pub(super) fn new(
        url: &RpcUrl,
        chain_id: ChainId,
        options: &TransportOptions,
    ) -> Result<Self, RpcError> {
        let middleware: ServiceBuilder<Stack<HearThrottling, Identity>> =
            ServiceBuilder::new().layer(HearThrottling);
        let client = HttpClientBuilder::default()
            // Deadlines are ours: they differ from call to call.
            .request_timeout(options.call_limit.max(options.attempt_limit))
            .max_response_size(options.answer_bytes)
            .max_concurrent_requests(options.concurrent_calls)
            .set_headers(options.headers_for(url))
            .set_http_middleware(middleware)
            .set_rpc_middleware(RpcServiceBuilder::new())
            .build(url.expose())
            .map_err(|error| RpcError::Unreachable {
                endpoint: url.clone(),
                method: "connect",
                reason: error.to_string(),
            })?;
        Ok(Self {
            url: url.clone(),
            health: Health::default(),
            client,
            chain_id,
            proven: OnceCell::new(),
            attempt_limit: options.attempt_limit,
            answer_bytes: options.answer_bytes,
            calls_per_batch: AtomicUsize::new(CALLS_PER_BATCH),
        })
    }

    /// Makes sure, once, that the node is of the network's chain.
    pub(super) async fn prove(&self, limit: Duration) -> Result<(), RpcFailure> {
        self.proven.get_or_try_init(|| self.check_chain(limit)).await.map(drop)
    }

    /// Asks the node of which chain it is.
    pub(super) async fn check_chain(&self, limit: Duration) -> Result<(), RpcFailure> {
        let started = Instant::now();
        let answer = self.ask_chain(limit).await;
        let outcome = answer.and_then(|actual| self.compare_chain(actual));
        self.judge(started, &outcome);
        outcome
    }

    /// The chain that the node says it is of, whichever it should be.
    pub(super) async fn ask_chain(&self, limit: Duration) -> Result<ChainId, RpcFailure> {
        let Quantity(chain_id) = self.ask("eth_chainId", &[], limit).await?;
        Ok(ChainId::new(chain_id))
    }

    fn compare_chain(&self, actual: ChainId) -> Result<(), RpcFailure> {
        if actual == self.chain_id {
            return Ok(());
        }
        let (endpoint, expected) = (self.url.clone(), self.chain_id);
        Err(RpcFailure::Failed(RpcError::OtherChain { endpoint, expected, actual }))
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let deadline = Instant::now() + limit;
        self.prove(limit).await?;
        self.request(method, params, deadline.saturating_duration_since(Instant::now())).await
    }

    /// As [`Self::call`], without any influence on what is known of the endpoint.
    pub(super) async fn call_aside<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let deadline = Instant::now() + limit;
        self.prove(limit).await?;
        self.ask(method, params, deadline.saturating_duration_since(Instant::now())).await
    }

    /// As [`Self::call`], for methods that answer `null` if they do not know the block.
    pub(super) async fn call_of_block<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let found: Option<T> = self.call(method, params, limit).await?;
        let endpoint = self.url.clone();
        found.ok_or(RpcFailure::Failed(RpcError::UnknownBlock { endpoint, method }))
    }

    async fn request<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let started = Instant::now();
        let outcome = self.ask(method, params, limit).await;
        self.judge(started, &outcome);
        outcome
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &[Value],
        limit: Duration,
    ) -> Result<T, RpcFailure> {
        let answer = timeout(limit, self.client.request(method, params.to_vec())).await;
        let answer = answer.unwrap_or(Err(ClientError::RequestTimeout));
        answer.map_err(|error| self.failure(method, limit, error))
    }

    /// As many of `calls` as the node takes at once, and their answers in the same order.
    pub(super) async fn batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        limit: Duration,
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let started = Instant::now();
        self.prove(limit).await?;
        let outcome = self.ask_as_many(calls, started + limit).await;
        self.judge(started, &outcome);
        outcome
    }

    /// Asks for less until the node does not find it too much.
    async fn ask_as_many<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        deadline: Instant,
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let usual = self.calls_per_batch.load(Ordering::Relaxed).min(calls.len());
        let mut size = usual;
        loop {
            let limit = deadline.saturating_duration_since(Instant::now());
            match self.ask_batch(&calls[..size], limit).await {
                Err(failure) if size > 1 && may_be_too_many(&failure) => size /= 2,
                Err(failure) => return Err(failure),
                Ok(answers) => {
                    if size < usual {
                        tracing::debug!(endpoint = %self.url, size, "smaller batches from now on");
                        self.calls_per_batch.store(size, Ordering::Relaxed);
                    }
                    return Ok(answers);
                }
            }
        }
    }

    async fn ask_batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
        limit: Duration,
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        // A node may not know batches at all.
        if let [RpcCall { method, params }] = calls {
            return match self.ask(method, params, limit).await {
                Err(RpcFailure::Answered { error, .. }) => Ok(vec![Err(error)]),
                answer => answer.map(|answer| vec![Ok(answer)]),
            };
        }
        let method = calls.first().map_or("batch", |call| call.method);
        let mut request = BatchRequestBuilder::new();
        for call in calls {
            let inserted = request.insert(call.method, call.params.clone());
            inserted.map_err(|error| self.malformed(method, error))?;
        }
        let answers = timeout(limit, self.client.batch_request::<Value>(request)).await;
        let answers = answers.unwrap_or(Err(ClientError::RequestTimeout));
        let answers = answers.map_err(|error| self.failure(method, limit, error))?;
        self.read_batch(method, calls.len(), answers)
    }

    fn read_batch<T: DeserializeOwned>(
        &self,
        method: &'static str,
        expected: usize,
        answers: BatchResponse<'_, Value>,
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        if answers.len() != expected {
            let reason = format!("{} answers to a batch of {expected}", answers.len());
            return Err(self.malformed(method, reason));
        }
        let mut read = Vec::with_capacity(expected);
        for answer in answers {
            read.push(match answer {
                Ok(value) => {
                    Ok(serde_json::from_value(value)
                        .map_err(|error| self.malformed(method, error))?)
                }
                Err(error) => {
                    let error = node_error(&error);
                    // The client's stand-in for an answer that did not come.
                    if error.code == 0 && error.message.is_empty() {
                        return Err(self.malformed(method, "an answer of a batch is missing"));
                    }
                    // What one call cannot have now, none of the batch can.
                    if let Some(failure) = self.passing_failure(method, &error) {
                        return Err(failure);
                    }
                    Err(error)
                }
            });
        }
        Ok(read)
    }

    /// Keeps the record of the endpoint.
    fn judge<T>(&self, started: Instant, outcome: &Result<T, RpcFailure>) {
        let now = Instant::now();
        let Err(RpcFailure::Failed(failure)) = outcome else {
            return self.health.answered(now - started);
        };
        match failure {
            RpcError::UnknownBlock { .. } | RpcError::TooLarge { .. } => {
                self.health.answered(now - started);
            }
            RpcError::RateLimited { retry_after, .. } => {
                let pause = retry_after.unwrap_or(RATE_LIMIT_PAUSE);
                self.health.set_aside(failure, Some(pause), now);
            }
            RpcError::OtherChain { .. } => {
                tracing::error!(%failure, "set an endpoint aside");
                self.health.set_aside(failure, Some(Duration::MAX), now);
            }
            _ => {
                let is_hanging = matches!(failure, RpcError::TimedOut { limit, .. }
                    if *limit >= self.attempt_limit / 2);
                if self.health.failed(failure, is_hanging, now) {
                    tracing::warn!(%failure, "set an endpoint aside");
                }
            }
        }
    }

    fn failure(&self, method: &'static str, limit: Duration, error: ClientError) -> RpcFailure {
        let endpoint = self.url.clone();
        let failure = match error {
            ClientError::Call(object) => {
                let error = node_error(&object);
                let passing = self.passing_failure(method, &error);
                return passing.unwrap_or(RpcFailure::Answered { endpoint, method, error });
            }
            ClientError::RequestTimeout => RpcError::TimedOut { endpoint, method, limit },
            ClientError::ParseError(error) => return self.malformed(method, error),
            ClientError::InvalidRequestId(error) => return self.malformed(method, error),
            other => self.transport_failure(method, &other),
        };
        RpcFailure::Failed(failure)
    }

    /// What a node complains of though another one, or the same one later, would answer.
    fn passing_failure(&self, method: &'static str, error: &NodeError) -> Option<RpcFailure> {
        let endpoint = self.url.clone();
        let failure = match error.complaint() {
            Complaint::Rate => RpcError::RateLimited { endpoint, method, retry_after: None },
            Complaint::UnknownBlock => RpcError::UnknownBlock { endpoint, method },
            Complaint::TooMuch | Complaint::Internal | Complaint::TheCall => return None,
        };
        Some(RpcFailure::Failed(failure))
    }

    fn transport_failure(&self, method: &'static str, error: &ClientError) -> RpcError {
        let endpoint = self.url.clone();
        match transport_error(error) {
            Some(TransportError::Rejected { status_code: status }) => {
                RpcError::Rejected { endpoint, method, status: *status }
            }
            Some(TransportError::Http(HttpError::TooLarge)) => {
                RpcError::TooLarge { endpoint, method, limit: self.answer_bytes }
            }
            Some(TransportError::Http(HttpError::Malformed)) => {
                RpcError::Malformed { endpoint, method, reason: "not JSON".into() }
            }
            Some(TransportError::Http(HttpError::Stream(cause))) => match cause.downcast_ref() {
                Some(Throttled { retry_after }) => {
                    RpcError::RateLimited { endpoint, method, retry_after: *retry_after }
                }
                None => {
                    RpcError::Unreachable { endpoint, method, reason: innermost(cause.as_ref()) }
                }
            },
            _ => RpcError::Unreachable { endpoint, method, reason: innermost(error) },
        }
    }

    fn malformed(&self, method: &'static str, reason: impl ToString) -> RpcFailure {
        let reason = ForeignText::new(&reason.to_string()).to_string();
        let endpoint = self.url.clone();
        RpcFailure::Failed(RpcError::Malformed { endpoint, method, reason })
    }
}

/// Whether a node that answers so to a batch may answer to a smaller one.
fn may_be_too_many(failure: &RpcFailure) -> bool {
    match failure {
        RpcFailure::Answered { error, .. } => error.asks_for_less(),
        // A refused batch is answered by a single error, or by the server in front of the node.
        RpcFailure::Failed(error) => matches!(
            error,
            RpcError::TooLarge { .. }
                | RpcError::Malformed { .. }
                | RpcError::Rejected { status: 400 | 413, .. }
        ),
    }
}

fn transport_error(error: &ClientError) -> Option<&TransportError> {
    let ClientError::Transport(cause) = error else { return None };
    cause.downcast_ref()
}

/// The cause at the end of the chain, which says what happened ("Connection refused") where the
/// outer errors only say that something did.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.last().map_or_else(String::new, ToString::to_string)
}

fn node_error(object: &ErrorObject<'_>) -> NodeError {
    let revert_data = object
        .data()
        .and_then(|data| serde_json::from_str::<HexBytes>(data.get()).ok())
        .map(|bytes| bytes.0);
    let message = ForeignText::new(object.message()).to_string();
    NodeError { code: object.code(), message, revert_data }
}
