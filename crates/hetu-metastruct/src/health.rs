//! Health of a followed subnet, for operators.

use std::time::Duration;

use hetu_chain::model::Block;
use hetu_chain::rpc::EndpointHealth;
use hetu_chain::{BlockId, NetUid};
use serde::Serialize;

use crate::{StaleReason, StaleView};

/// The method by which new blocks are received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FollowMode {
    /// A full read of the chain, the first one or a repeated one.
    Syncing,
    /// A stream of events, which are applied block by block.
    Live,
    /// A full read for each new block, because no node gives events.
    Polling,
}

/// The age of a view, and whether it may be used for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// A view that may be used for decisions.
    Fresh {
        /// Time since the view's block was confirmed as the newest one.
        age: Duration,
    },
    /// A view that must not be used for decisions.
    Stale(StaleView),
}

impl Freshness {
    /// Returns the age of the view.
    pub const fn age(&self) -> Duration {
        match self {
            Self::Fresh { age } | Self::Stale(StaleView { age, .. }) => *age,
        }
    }

    /// Returns the reason why the view is stale, or `None` if it is fresh.
    pub const fn stale_reason(&self) -> Option<StaleReason> {
        match self {
            Self::Fresh { .. } => None,
            Self::Stale(stale) => Some(stale.reason),
        }
    }
}

/// A report on the health of a followed subnet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HealthReport {
    /// The subnet.
    pub netuid: NetUid,
    /// The method by which new blocks are received.
    pub mode: FollowMode,
    /// The freshness of the view.
    pub freshness: Freshness,
    /// The block of the view.
    pub block: BlockId,
    /// The newest block that a node last named.
    pub head: Option<Block>,
    /// The last error, or `None` if there was none.
    pub last_error: Option<String>,
    /// Health of the endpoints.
    pub endpoints: Vec<EndpointHealth>,
}
