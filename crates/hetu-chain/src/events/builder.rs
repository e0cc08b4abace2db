//! Asking for events.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::query::{EventQuery, FollowStart};
use super::{EventError, EventStream, PastEvents};
use crate::client::Hetutensor;
use crate::model::EventGroup;
use crate::rpc::BlockRef;
use crate::{Address, BlockId, NetUid};

/// Which events are wanted, and from where on: all, from now on, unless told otherwise.
///
/// ```no_run
/// # async fn example(hetu: hetu_chain::Hetutensor) -> Result<(), hetu_chain::events::EventError> {
/// use hetu_chain::{events::EventNotice, model::EventGroup};
///
/// let mut events = hetu.events().netuid(1).group(EventGroup::Dendron).follow();
/// while let Some(notice) = events.next().await {
///     match notice? {
///         EventNotice::Event(event) => println!("{:?}", event.event),
///         EventNotice::Block(block) => println!("that was all until {}", block.id),
///         EventNotice::Reorg { back_to, .. } => println!("undo what came after {back_to}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is read until `past` or `follow` is called"]
pub struct Events(EventQuery);

impl Hetutensor {
    /// What the contracts report.
    pub fn events(&self) -> Events {
        Events(EventQuery::new(self.reader()))
    }
}

impl Events {
    /// Only events about this subnet, and others that are named by further calls.
    pub fn netuid(mut self, netuid: impl Into<NetUid>) -> Self {
        self.0.filter.netuids.insert(netuid.into());
        self
    }

    /// Only events of this group, and others that are named by further calls.
    pub fn group(mut self, group: EventGroup) -> Self {
        self.0.filter.groups.insert(group);
        self
    }

    /// Also events of this timelock, whose address the network does not name.
    pub fn timelock(mut self, address: Address) -> Self {
        self.0.timelocks.push(address);
        self
    }

    /// Only events of blocks that this many blocks follow already. Zero by default: events come at
    /// once, and reorganisations are told.
    pub const fn confirmations(mut self, blocks: u64) -> Self {
        self.0.confirmations = blocks;
        self
    }

    /// How often is asked for a new block while no `ws` endpoint tells of it. Two seconds by
    /// default; five times as long while one does, in case that it does not.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.0.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Follows from the block at this height on, this one included.
    pub const fn from_block(mut self, height: u64) -> Self {
        self.0.start = FollowStart::From(height);
        self
    }

    /// Goes on after a block whose [`EventNotice::Block`] was yielded before. If it is no longer
    /// part of the chain, [`EventNotice::Reorg`] comes first.
    ///
    /// It goes back to the newest block that both histories share, or 256 blocks if the node has
    /// forgotten those in between. Who kept the ids of earlier blocks can compare: if another one
    /// was at the height that it goes back to, everything has to be read anew.
    ///
    /// [`EventNotice::Block`]: crate::events::EventNotice::Block
    /// [`EventNotice::Reorg`]: crate::events::EventNotice::Reorg
    pub const fn resume_after(mut self, block: BlockId) -> Self {
        self.0.start = FollowStart::After(block);
        self
    }

    /// The events of the blocks at these heights, as far as there are such blocks.
    ///
    /// # Errors
    /// [`EventError::Chain`] if the subnets cannot be read.
    pub async fn past(self, heights: RangeInclusive<u64>) -> Result<PastEvents, EventError> {
        let head = self.0.reader.block().await?;
        let sources = self.0.sources(BlockRef::Hash(head.id.hash)).await?;
        let EventQuery { reader, filter, confirmations, .. } = self.0;
        Ok(PastEvents::new(reader, filter, sources, confirmations, heights))
    }

    /// All events from here on, until the stream is dropped.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn follow(self) -> EventStream {
        EventStream::spawn(self.0)
    }
}
