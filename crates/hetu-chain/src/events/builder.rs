//! A builder of event requests.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::query::{EventQuery, FollowStart};
use super::{EventError, EventStream, PastEvents};
use crate::client::Hetutensor;
use crate::model::EventGroup;
use crate::rpc::BlockRef;
use crate::{Address, BlockId, NetUid};

/// A selection of events and of a start. By default it selects all events from the current block
/// on.
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
    /// Returns a selection of the contracts' events.
    pub fn events(&self) -> Events {
        Events(EventQuery::new(self.reader()))
    }
}

impl Events {
    /// Selects only events of this subnet. Further calls add subnets.
    pub fn netuid(mut self, netuid: impl Into<NetUid>) -> Self {
        self.0.filter.netuids.insert(netuid.into());
        self
    }

    /// Selects only events of this group. Further calls add groups.
    pub fn group(mut self, group: EventGroup) -> Self {
        self.0.filter.groups.insert(group);
        self
    }

    /// Adds the events of this timelock. The network description does not contain its address.
    pub fn timelock(mut self, address: Address) -> Self {
        self.0.timelocks.push(address);
        self
    }

    /// Sets the number of blocks that have to follow a block before its events are yielded. The
    /// default is zero: events are yielded at once, and reorganisations are reported.
    pub const fn confirmations(mut self, blocks: u64) -> Self {
        self.0.confirmations = blocks;
        self
    }

    /// Sets the interval between polls for a new block while no `ws` endpoint reports blocks. The
    /// default is two seconds. While an endpoint does report blocks, polls continue at five times
    /// the interval, in case that it stops.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.0.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Follows the chain from the block at this height, inclusive.
    pub const fn from_block(mut self, height: u64) -> Self {
        self.0.start = FollowStart::From(height);
        self
    }

    /// Continues after a block for which [`EventNotice::Block`] was yielded before. If the block is
    /// no longer part of the chain, [`EventNotice::Reorg`] is yielded first.
    ///
    /// The reorganisation goes back to the newest block that both histories share, or by 256 blocks
    /// if the node no longer has the blocks in between. A caller that stored the ids of earlier
    /// blocks can compare them. If the id at that height differs, the caller has to read all state
    /// again.
    ///
    /// [`EventNotice::Block`]: crate::events::EventNotice::Block
    /// [`EventNotice::Reorg`]: crate::events::EventNotice::Reorg
    pub const fn resume_after(mut self, block: BlockId) -> Self {
        self.0.start = FollowStart::After(block);
        self
    }

    /// Returns the events of the existing blocks at these heights.
    ///
    /// # Errors
    /// [`EventError::Chain`] if the subnets cannot be read.
    pub async fn past(self, heights: RangeInclusive<u64>) -> Result<PastEvents, EventError> {
        let head = self.0.reader.block().await?;
        let sources = self.0.sources(BlockRef::Hash(head.id.hash)).await?;
        let EventQuery { reader, filter, confirmations, .. } = self.0;
        Ok(PastEvents::new(reader, filter, sources, confirmations, heights))
    }

    /// Follows all selected events until the stream is dropped.
    ///
    /// # Panics
    /// Panics if called outside of a tokio runtime.
    pub fn follow(self) -> EventStream {
        EventStream::spawn(self.0)
    }
}
