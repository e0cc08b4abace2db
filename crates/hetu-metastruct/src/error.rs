//! Errors of following a subnet.

use std::fmt;
use std::time::Duration;

use hetu_chain::events::EventError;
use hetu_chain::{BlockId, ChainError, NetUid, Retryability, Retryable};

/// An error of syncing a subnet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// A failed read of the chain. The node or the network is at fault, or the subnet does not
    /// exist.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A failed read of the contracts' events. The node is at fault.
    #[error(transparent)]
    Events(#[from] EventError),
    /// A node that announces newer blocks that no node delivers. It is faulty or slow.
    #[error(
        "the node says that block {head} is the newest, but what is known ends with {known}: wait, \
         or check the node"
    )]
    Behind {
        /// The block that the node announced.
        head: BlockId,
        /// The block of the view.
        known: BlockId,
    },
    /// A node that serves another chain than the followed one.
    #[error("the node serves another chain than before, which begins with another block")]
    OtherChain,
    /// A subnet of which only a snapshot was read so far, and not the chain.
    #[error("the chain was not read yet: wait for Metastruct::synced")]
    NotSynced,
    /// A subnet that is no longer followed, because the caller stopped it.
    #[error("subnet {0} is not followed any more: follow it again")]
    Unfollowed(NetUid),
    /// A request that exceeds the limit of followed subnets.
    #[error("{limit} subnets are followed already: unfollow one first")]
    TooManySubnets {
        /// Maximum number of subnets.
        limit: usize,
    },
    /// A metastruct that was closed.
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

/// A view that is too old to be used for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture of the subnet is {age:?} old, and {reason} (the limit is {limit:?})")]
#[non_exhaustive]
pub struct StaleView {
    /// The age of the view.
    pub age: Duration,
    /// The age from which it is not trusted.
    pub limit: Duration,
    /// The reason why it is not fresh.
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

/// A reason why a view is not fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StaleReason {
    /// A view from a file, without a read of the chain since the start.
    NotSynced,
    /// No reachable node for too long. Check the network and its endpoints.
    OutOfReach,
    /// Nodes that announce newer blocks without delivering them. Check the nodes.
    Behind,
    /// A node that serves another chain than the followed one, as a development chain does after a
    /// restart. Restart the program.
    OtherChain,
    /// A block that is too old, because the chain or the node has stopped.
    OldBlock,
    /// A subnet that is no longer followed.
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
