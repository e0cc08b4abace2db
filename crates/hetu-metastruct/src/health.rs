//! How following goes, for operators.

use std::time::Duration;

use hetu_chain::model::Block;
use hetu_chain::rpc::EndpointHealth;
use hetu_chain::{BlockId, NetUid};
use serde::Serialize;

use crate::{StaleReason, StaleView};

/// How new blocks are learned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FollowMode {
    /// The chain is being read for the first time, or anew.
    Syncing,
    /// Events are applied block by block.
    Live,
    /// Everything is read anew when there is another block, because no node gives events.
    Polling,
}

/// How old a view is, and whether to decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// It may be decided by.
    Fresh {
        /// How long ago the chain was asked, with the view's block as the newest.
        age: Duration,
    },
    /// It may not.
    Stale(StaleView),
}

impl Freshness {
    /// How old the view is.
    pub const fn age(&self) -> Duration {
        match self {
            Self::Fresh { age } | Self::Stale(StaleView { age, .. }) => *age,
        }
    }

    /// Why the view is not fresh, if it is not.
    pub const fn stale_reason(&self) -> Option<StaleReason> {
        match self {
            Self::Fresh { .. } => None,
            Self::Stale(stale) => Some(stale.reason),
        }
    }
}

/// How following a subnet goes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HealthReport {
    /// The subnet.
    pub netuid: NetUid,
    /// How new blocks are learned of.
    pub mode: FollowMode,
    /// Whether the view may be decided by.
    pub freshness: Freshness,
    /// The block of the view.
    pub block: BlockId,
    /// What a node last said of the newest block.
    pub head: Option<Block>,
    /// What last went wrong, if anything did.
    pub last_error: Option<String>,
    /// How the endpoints have been doing.
    pub endpoints: Vec<EndpointHealth>,
}
