//! Storage of the chain beyond the life of the process.

use std::fmt::Debug;

use alloy_primitives::B256;

use super::block::{Block, Transaction};
use super::time::ChainTime;
use super::unsaved::UnsavedChange;
use super::view::ChainView;

/// A storage for every change of a chain.
pub(crate) trait Persistence: Debug + Send {
    /// Makes `change` durable, atomically. The change becomes visible only after this returns.
    fn save(&mut self, change: &ChainChange<'_>) -> Result<(), UnsavedChange>;
}

/// The last saved chain and the new one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainChange<'chain> {
    pub(crate) before: &'chain ChainView,
    pub(crate) now: &'chain ChainView,
    pub(crate) time: ChainTime,
    /// First block to keep. `now` may begin earlier.
    pub(crate) oldest: u64,
}

/// A chain as it was saved.
#[derive(Debug)]
pub(crate) struct SavedChain {
    /// Hashes of blocks before the oldest one, by number.
    pub(crate) hashes: Vec<(u64, B256)>,
    /// Block 0. `None` in folders of earlier releases that do not have it any more.
    pub(crate) genesis: Option<Block>,
    pub(crate) oldest: Block,
    /// Blocks after the oldest, in order.
    pub(crate) blocks: Vec<Block>,
    pub(crate) time: ChainTime,
    /// Waiting transactions, in order of arrival.
    pub(crate) waiting: Vec<Transaction>,
}
