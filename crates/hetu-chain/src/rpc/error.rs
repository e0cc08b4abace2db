//! What a node or the way to it can do wrong.

use std::time::Duration;

use super::complaint::Complaint;
use super::node_error::NodeError;
use crate::network::RpcUrl;
use crate::text::{ForeignError, ForeignText};
use crate::{ChainId, Retryability, Retryable};

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
        /// The cause, in the words of its innermost error.
        #[source]
        reason: ForeignError,
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
    /// The node has had enough of us for a while.
    #[error("{endpoint} limits the rate of {method}: ask less often")]
    RateLimited {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// After how long it wants to be asked again, if it said so.
        retry_after: Option<Duration>,
    },
    /// The server in front of the node answered with an HTTP status that is no success.
    #[error("{endpoint} rejected {method} with HTTP status {status}: check url and credentials")]
    Rejected {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The node does not have the block that the call names, or its state: it lags behind, a
    /// reorganisation dropped the block, or the node keeps no states that old.
    #[error("{endpoint} does not have the block that {method} is about, or its state")]
    UnknownBlock {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
    },
    /// The answer is longer than is read.
    #[error("{endpoint} answered {method} with more than {limit} bytes: ask for less at once")]
    TooLarge {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// How many bytes are read at most.
        limit: u32,
    },
    /// The node answered with an error.
    #[error(
        "{endpoint} refused {method}: {message} (code {code})",
        message = ForeignText::new(.message)
    )]
    Refused {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The JSON-RPC error code.
        code: i32,
        /// What the node said.
        message: String,
        /// `true` if a gateway in front of the node answered instead of it (HTTP 502, 503 or 504).
        by_gateway: bool,
    },
    /// The node's answer is not what the method answers.
    #[error("{endpoint} answered {method} with something else: {reason}")]
    Malformed {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// What was wrong with it.
        #[source]
        reason: ForeignError,
    },
    /// The node is of another chain. It is not asked anything else.
    #[error("{endpoint} is on chain {actual} where chain {expected} was expected")]
    OtherChain {
        /// The node.
        endpoint: RpcUrl,
        /// The network's chain.
        expected: ChainId,
        /// The node's chain.
        actual: ChainId,
    },
    /// Every endpoint failed too often of late and is left alone for a while. Nothing was sent.
    #[error("no endpoint is fit for {method}; the last failure was: {last_failure}")]
    NoHealthyEndpoint {
        /// The JSON-RPC method.
        method: &'static str,
        /// What happened last at the endpoint of first choice.
        last_failure: Box<Self>,
    },
    /// The network names no endpoint to send calls to.
    #[error("the network has no http or https endpoint: add one beside those for subscriptions")]
    NoEndpoint,
}

impl Retryable for RpcError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::UnknownBlock { .. }
            | Self::NoHealthyEndpoint { .. } => Retryability::Retryable,
            Self::Refused { by_gateway: true, .. } => Retryability::Retryable,
            Self::Rejected { status, .. } if *status >= 500 || *status == 408 => {
                Retryability::Retryable
            }
            _ => Retryability::Final,
        }
    }
}

/// A failed call: the node's own answer, which callers may understand, or anything else.
#[derive(Clone, Debug)]
pub(crate) enum RpcFailure {
    Answered { endpoint: RpcUrl, method: &'static str, error: NodeError },
    Failed(RpcError),
}

impl RpcFailure {
    /// Returns `true` if the node may answer when it is asked for less at once: unless the failure
    /// is one of the connection, the credential or the rate of calls. Nodes have so many words for
    /// too much that a list of them is never complete.
    pub(crate) fn may_be_too_much(&self) -> bool {
        match self {
            Self::Answered { error, .. } => {
                !matches!(error.complaint(), Complaint::Credential | Complaint::Rate)
            }
            Self::Failed(RpcError::Rejected { status, .. }) => {
                !matches!(status, 401 | 403 | 404 | 405 | 407 | 502 | 503)
            }
            Self::Failed(error) => matches!(
                error,
                RpcError::TooLarge { .. }
                    | RpcError::TimedOut { .. }
                    | RpcError::UnknownBlock { .. }
            ),
        }
    }
}

impl From<RpcFailure> for RpcError {
    fn from(failure: RpcFailure) -> Self {
        match failure {
            RpcFailure::Answered { endpoint, method, error } => {
                let by_gateway = error.is_by_gateway();
                let NodeError { code, message, .. } = error;
                Self::Refused { endpoint, method, code, message, by_gateway }
            }
            RpcFailure::Failed(error) => error,
        }
    }
}

impl From<RpcError> for RpcFailure {
    fn from(error: RpcError) -> Self {
        Self::Failed(error)
    }
}
