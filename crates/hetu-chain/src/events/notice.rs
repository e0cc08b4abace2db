//! Notices of an event stream.

use serde::{Deserialize, Serialize};

use crate::model::{Block, ChainEvent};
use crate::{Address, BlockId, TxHash};

/// An event with its position on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoggedEvent {
    /// The block that contains it.
    pub block: BlockId,
    /// Its position among all logs of the block.
    pub log_index: u64,
    /// The transaction that emitted it.
    pub transaction: TxHash,
    /// The contract that emitted it.
    pub contract: Address,
    /// The decoded event.
    pub event: ChainEvent,
}

/// An item of [`EventStream`](crate::events::EventStream).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventNotice {
    /// A selected event.
    Event(Box<LoggedEvent>),
    /// A notice that all events up to and including this block were yielded. To continue from here
    /// after a restart, keep its id for
    /// [`Events::resume_after`](crate::events::Events::resume_after).
    Block(Block),
    /// A reorganisation: the events yielded for blocks above `back_to` are no longer part of the
    /// chain. Events of the replacing blocks follow.
    Reorg {
        /// The newest block that is still part of the chain.
        back_to: BlockId,
        /// The dropped blocks, newest first, as far as they were yielded as [`EventNotice::Block`].
        dropped: Vec<BlockId>,
    },
}
