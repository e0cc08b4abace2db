//! Calls that have to see one history.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::{NodeError, RpcCall, RpcError, RpcFailure};
use crate::network::RpcUrl;

/// Calls to one endpoint. Nothing is repeated: who needs several answers that agree starts anew
/// with another session when one of them fails.
#[derive(Debug)]
pub(crate) struct Session {
    endpoint: Arc<Endpoint>,
    limit: Duration,
}

impl Session {
    pub(super) const fn new(endpoint: Arc<Endpoint>, limit: Duration) -> Self {
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
    ) -> Result<Vec<Result<T, NodeError>>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        while answers.len() < calls.len() {
            answers.extend(self.endpoint.batch(&calls[answers.len()..], self.limit).await?);
        }
        Ok(answers)
    }

    /// Sets the endpoint aside because its answers contradict each other.
    pub(crate) fn distrust(&self, reason: String) {
        let endpoint = self.endpoint.url.clone();
        let failure = RpcError::Malformed { endpoint, method: "eth_getBlockByNumber", reason };
        tracing::warn!(%failure, "set an endpoint aside");
        self.endpoint.health.set_aside(&failure, None, Instant::now());
    }
}
