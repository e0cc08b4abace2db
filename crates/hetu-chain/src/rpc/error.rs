//! What a node or the way to it can do wrong.

use std::time::Duration;

use crate::Retryability;
use crate::network::RpcUrl;

/// Why a JSON-RPC call brought no result.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// The node cannot be reached or broke off.
    #[error("{endpoint} cannot be reached for {method}: {reason}")]
    Unreachable {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// What the transport said.
        reason: String,
    },
    /// The node did not answer in time.
    #[error("{endpoint} did not answer {method} within {limit:?}")]
    TimedOut {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// The node answered with an error.
    #[error("{endpoint} refused {method}: {message} (code {code})")]
    Refused {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The JSON-RPC error code.
        code: i32,
        /// What the node said.
        message: String,
    },
    /// The node's answer is not what the method answers.
    #[error("{endpoint} answered {method} with something else: {reason}")]
    Malformed {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// What was wrong with it.
        reason: String,
    },
}

impl RpcError {
    /// Whether trying again can help.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => Retryability::Retryable,
            Self::Refused { .. } | Self::Malformed { .. } => Retryability::Final,
        }
    }
}

/// An error object that a node answered with.
#[derive(Clone, Debug)]
pub(crate) struct NodeError {
    pub(crate) code: i32,
    pub(crate) message: String,
    /// What the contract reverted with, for calls that ran.
    pub(crate) revert_data: Option<Vec<u8>>,
}

/// A failed call: the node's own answer, which callers may understand, or anything else.
#[derive(Clone, Debug)]
pub(crate) enum RpcFailure {
    Answered { endpoint: RpcUrl, method: &'static str, error: NodeError },
    Failed(RpcError),
}

impl From<RpcFailure> for RpcError {
    fn from(failure: RpcFailure) -> Self {
        match failure {
            RpcFailure::Answered { endpoint, method, error } => {
                Self::Refused { endpoint, method, code: error.code, message: error.message }
            }
            RpcFailure::Failed(error) => error,
        }
    }
}
