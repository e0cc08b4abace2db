//! Errors of reading events.

use crate::client::ChainError;
use crate::network::RpcUrl;
use crate::rpc::{RpcError, RpcFailure, RpcSession};
use crate::text::ForeignText;
use crate::{BlockId, Retryability, Retryable};

/// An error while events are read or followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A reorganisation is deeper than the remembered blocks. Read all state again.
    #[error(
        "block {block} is no longer part of the chain, nor is any of the {depth} blocks before it: \
         read the state anew and follow from there"
    )]
    ReorgTooDeep {
        /// The newest block that was followed.
        block: BlockId,
        /// The number of remembered blocks.
        depth: u64,
    },
    /// Nodes return contradictory answers: blocks that do not follow one another, or logs of blocks
    /// that were not requested.
    #[error(
        "{endpoint} contradicts itself: {reason}; check the node, or use another one",
        reason = ForeignText::new(.reason)
    )]
    Contradiction {
        /// The node that gave the latest contradictory answer.
        endpoint: RpcUrl,
        /// A description of the contradiction.
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
