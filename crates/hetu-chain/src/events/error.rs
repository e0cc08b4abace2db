//! Why events cannot be had.

use crate::client::ChainError;
use crate::network::RpcUrl;
use crate::rpc::{RpcError, RpcFailure, RpcSession};
use crate::text::ForeignText;
use crate::{BlockId, Retryability, Retryable};

/// Why events could not be read, or could not be followed any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The chain took another turn further back than is remembered: read everything anew.
    #[error(
        "block {block} is no longer part of the chain, nor is any of the {depth} blocks before it: \
         read the state anew and follow from there"
    )]
    ReorgTooDeep {
        /// The newest block that was followed.
        block: BlockId,
        /// How many blocks are remembered.
        depth: u64,
    },
    /// Nodes give answers that contradict each other: blocks that do not follow one another, logs
    /// of other blocks than were asked for.
    #[error(
        "{endpoint} contradicts itself: {reason}; check the node, or use another one",
        reason = ForeignText::new(.reason)
    )]
    Contradiction {
        /// The node that did last.
        endpoint: RpcUrl,
        /// How.
        reason: String,
    },
}

impl EventError {
    pub(super) fn contradiction(session: &RpcSession, reason: String) -> Self {
        Self::Contradiction { endpoint: session.url().clone(), reason }
    }
}

impl Retryable for EventError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Chain(error) => error.retryability(),
            Self::ReorgTooDeep { .. } | Self::Contradiction { .. } => Retryability::Final,
        }
    }
}

impl From<RpcError> for EventError {
    fn from(error: RpcError) -> Self {
        Self::Chain(error.into())
    }
}

impl From<RpcFailure> for EventError {
    fn from(failure: RpcFailure) -> Self {
        Self::Chain(failure.into())
    }
}
