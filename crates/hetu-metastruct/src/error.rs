//! What can go wrong while a subnet is followed.

use std::fmt;
use std::time::Duration;

use hetu_chain::events::EventError;
use hetu_chain::{BlockId, ChainError, NetUid, Retryability, Retryable};

/// Why a subnet could not be synced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The chain could not be read: the node or the network is at fault, or there is no such
    /// subnet.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contracts' events could not be read: the node is at fault.
    #[error(transparent)]
    Events(#[from] EventError),
    /// A node says that there are newer blocks, and none delivers them: it is at fault, or slow.
    #[error(
        "the node says that block {head} is the newest, but what is known ends with {known}: wait, \
         or check the node"
    )]
    Behind {
        /// What the node says.
        head: BlockId,
        /// The block of the view.
        known: BlockId,
    },
    /// The node serves another chain than the one that was followed.
    #[error("the node serves another chain than before, which begins with another block")]
    OtherChain,
    /// The chain was not read yet, only a snapshot.
    #[error("the chain was not read yet: wait for Metastruct::synced")]
    NotSynced,
    /// The subnet is not followed any more: the caller said so.
    #[error("subnet {0} is not followed any more: follow it again")]
    Unfollowed(NetUid),
    /// As many subnets are followed as can be.
    #[error("{limit} subnets are followed already: unfollow one first")]
    TooManySubnets {
        /// How many can be.
        limit: usize,
    },
    /// The metastruct was closed.
    #[error("the metastruct was closed: build another one")]
    Closed,
}

impl Retryable for SyncError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Chain(error) => error.retryability(),
            Self::Events(error) => error.retryability(),
            Self::Behind { .. } | Self::NotSynced | Self::OtherChain => Retryability::Retryable,
            Self::Unfollowed(_) | Self::TooManySubnets { .. } | Self::Closed => Retryability::Final,
        }
    }
}

/// The view is too old to decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture of the subnet is {age:?} old, and {reason} (the limit is {limit:?})")]
#[non_exhaustive]
pub struct StaleView {
    /// How old it is.
    pub age: Duration,
    /// From which age it is not trusted.
    pub limit: Duration,
    /// Why it is not fresh.
    pub reason: StaleReason,
}

impl Retryable for StaleView {
    fn retryability(&self) -> Retryability {
        match self.reason {
            StaleReason::Unfollowed => Retryability::Final,
            _ => Retryability::Retryable,
        }
    }
}

/// Why a view is not fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StaleReason {
    /// It comes from a file, and the chain was not read yet.
    NotSynced,
    /// No node was reached for too long: check the network and its endpoints.
    OutOfReach,
    /// Nodes tell of newer blocks without delivering them: check the nodes.
    Behind,
    /// The node serves another chain than the one that was followed, as a development chain does
    /// that was started again: restart the program.
    OtherChain,
    /// The block itself was made too long ago: the chain or the node stands still.
    OldBlock,
    /// The subnet is not followed any more.
    Unfollowed,
}

impl fmt::Display for StaleReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::NotSynced => "the chain was not read since it was loaded",
            Self::OutOfReach => "the chain is out of reach",
            Self::Behind => "newer blocks are told of but not delivered",
            Self::OtherChain => "the node serves another chain than before",
            Self::OldBlock => "the chain or its node stands still",
            Self::Unfollowed => "the subnet is not followed any more",
        })
    }
}
