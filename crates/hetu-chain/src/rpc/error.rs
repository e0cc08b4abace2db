//! Errors of nodes and of the connection to them.

use std::time::Duration;

use super::complaint::Complaint;
use super::node_error::NodeError;
use crate::network::RpcUrl;
use crate::text::{ForeignError, ForeignText};
use crate::{ChainId, Retryability, Retryable};

/// A failure of a JSON-RPC call.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// A node that cannot be reached, or a connection that broke.
    #[error("{endpoint} cannot be reached for {method}: {reason}")]
    Unreachable {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The cause, as the text of its innermost error.
        #[source]
        reason: ForeignError,
    },
    /// A node that did not answer in time.
    #[error("{endpoint} did not answer {method} within {limit:?}")]
    TimedOut {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// A node that limits the rate of calls.
    #[error("{endpoint} limits the rate of {method}: ask less often")]
    RateLimited {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The pause that the node requested, if it reported one.
        retry_after: Option<Duration>,
    },
    /// An HTTP status without success, from the server in front of the node.
    #[error("{endpoint} rejected {method} with HTTP status {status}: check url and credentials")]
    Rejected {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// A node without the block that the call names, or without its state: the node lags behind, a
    /// reorganisation dropped the block, or the node does not keep states that old.
    #[error("{endpoint} does not have the block that {method} is about, or its state")]
    UnknownBlock {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
    },
    /// An answer that is longer than the limit.
    #[error("{endpoint} answered {method} with more than {limit} bytes: ask for less at once")]
    TooLarge {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The limit, in bytes.
        limit: u32,
    },
    /// An error that the node returned.
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
        /// The message of the node.
        message: String,
        /// `true` if a gateway in front of the node returned the error (HTTP 502, 503 or 504).
        by_gateway: bool,
    },
    /// An answer that is not valid for the method.
    #[error("{endpoint} answered {method} with something else: {reason}")]
    Malformed {
        /// The node.
        endpoint: RpcUrl,
        /// The JSON-RPC method.
        method: &'static str,
        /// The reason for which it is not valid.
        #[source]
        reason: ForeignError,
    },
    /// A node of another chain. It receives no further calls.
    #[error("{endpoint} is on chain {actual} where chain {expected} was expected")]
    OtherChain {
        /// The node.
        endpoint: RpcUrl,
        /// The network's chain.
        expected: ChainId,
        /// The node's chain.
        actual: ChainId,
    },
    /// No usable endpoint: all of them failed too often recently and are set aside. The call was
    /// not sent.
    #[error("no endpoint is fit for {method}; the last failure was: {last_failure}")]
    NoHealthyEndpoint {
        /// The JSON-RPC method.
        method: &'static str,
        /// The last failure of the preferred endpoint.
        last_failure: Box<Self>,
    },
    /// A network without an endpoint for calls.
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

/// A failed call: an error of the node, which the caller may interpret, or any other failure.
#[derive(Clone, Debug)]
pub(crate) enum RpcFailure {
    Answered { endpoint: RpcUrl, method: &'static str, error: NodeError },
    Failed(RpcError),
}

impl RpcFailure {
    /// Returns `true` if the node may answer a smaller request. This holds for all failures except
    /// those of the connection, the credential or the rate of calls: nodes use so many texts for a
    /// request that is too large that a list of them is never complete.
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
