//! What a follower of the chain is told.

use serde::{Deserialize, Serialize};

use crate::model::{Block, ChainEvent};
use crate::{Address, BlockId, TxHash};

/// An event and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoggedEvent {
    /// The block it is of.
    pub block: BlockId,
    /// Its position among all logs of the block.
    pub log_index: u64,
    /// The transaction that caused it.
    pub transaction: TxHash,
    /// The contract that reported it.
    pub contract: Address,
    /// What happened.
    pub event: ChainEvent,
}

/// What [`EventStream`](crate::events::EventStream) yields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventNotice {
    /// Something happened.
    Event(Box<LoggedEvent>),
    /// All events up to and including this block were yielded. To go on from here after a restart,
    /// keep its id for [`Events::resume_after`](crate::events::Events::resume_after).
    Block(Block),
    /// The chain took another turn: what was yielded of blocks above `back_to` did not happen.
    /// Events of the blocks that took their place follow.
    Reorg {
        /// The newest block that is still part of the chain.
        back_to: BlockId,
        /// The blocks that are not any more, newest first, as far as they were yielded as
        /// [`EventNotice::Block`].
        dropped: Vec<BlockId>,
    },
}
