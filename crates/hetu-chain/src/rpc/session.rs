//! Calls that need a consistent view of the chain.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::endpoint::RpcEndpoint;
use super::{NodeError, RpcCall, RpcFailure};
use crate::network::RpcUrl;

/// Calls to one endpoint. They are not repeated: a caller that needs several consistent answers
/// starts again with another session when one call fails.
#[derive(Debug)]
pub(crate) struct RpcSession {
    endpoint: Arc<RpcEndpoint>,
    limit: Duration,
}

impl RpcSession {
    pub(super) const fn new(endpoint: Arc<RpcEndpoint>, limit: Duration) -> Self {
        Self { endpoint, limit }
    }

    pub(crate) fn url(&self) -> &RpcUrl {
        &self.endpoint.url
    }

    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<T, RpcFailure> {
        self.endpoint.call(method, &params, self.limit).await
    }

    pub(crate) async fn read_batch<T: DeserializeOwned>(
        &self,
        calls: &[RpcCall],
    ) -> Result<Vec<Result<T, NodeError>>, RpcFailure> {
        let mut answers = Vec::with_capacity(calls.len());
        while answers.len() < calls.len() {
            answers.extend(self.endpoint.batch(&calls[answers.len()..], self.limit).await?);
        }
        Ok(answers)
    }

    /// Returns `true` if reads of a block by its hash use its number.
    pub(crate) fn reads_by_number(&self) -> bool {
        self.endpoint.reads_by_number()
    }

    /// Returns the size of the largest batch that the node answers, up to the limit of this client.
    pub(crate) async fn largest_batch(&self) -> Result<usize, RpcFailure> {
        self.endpoint.largest_batch(self.limit).await
    }

    /// Returns the failure of a call that the node answered with `error`.
    pub(crate) fn answered(&self, method: &'static str, error: NodeError) -> RpcFailure {
        RpcFailure::Answered { endpoint: self.endpoint.url.clone(), method, error }
    }
}
