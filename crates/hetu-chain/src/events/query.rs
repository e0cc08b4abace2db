//! Asking for events.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::follow::Start;
use super::{EventError, EventFilter, EventSources, EventStream, PastEvents};
use crate::client::{ChainError, Hetutensor};
use crate::model::{Contract, EventGroup};
use crate::rpc::BlockRef;
use crate::{Address, BlockId, NetUid};

const POLL_INTERVAL: Duration = Duration::from_secs(2);

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
pub struct Events {
    hetu: Hetutensor,
    filter: EventFilter,
    timelocks: Vec<Address>,
    confirmations: u64,
    poll_interval: Duration,
    start: Start,
}

impl Hetutensor {
    /// What the contracts report.
    pub fn events(&self) -> Events {
        Events {
            hetu: self.at(BlockRef::Latest),
            filter: EventFilter::default(),
            timelocks: Vec::new(),
            confirmations: 0,
            poll_interval: POLL_INTERVAL,
            start: Start::Now,
        }
    }
}

impl Events {
    /// Only events about this subnet, and others that are named by further calls.
    pub fn netuid(mut self, netuid: impl Into<NetUid>) -> Self {
        self.filter.netuids.insert(netuid.into());
        self
    }

    /// Only events of this group, and others that are named by further calls.
    pub fn group(mut self, group: EventGroup) -> Self {
        self.filter.groups.insert(group);
        self
    }

    /// Also events of this timelock, whose address the network does not name.
    pub fn timelock(mut self, address: Address) -> Self {
        self.timelocks.push(address);
        self
    }

    /// Only events of blocks that this many blocks follow already. Zero by default: events come at
    /// once, and reorganisations are told.
    pub const fn confirmations(mut self, blocks: u64) -> Self {
        self.confirmations = blocks;
        self
    }

    /// How often is asked for a new block while no `ws` endpoint tells of it. Two seconds by
    /// default; five times as long while one does, in case that it does not.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Follows from the block at this height on, this one included.
    pub const fn from_block(mut self, height: u64) -> Self {
        self.start = Start::From(height);
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
        self.start = Start::After(block);
        self
    }

    /// The events of the blocks at these heights, as far as there are such blocks.
    ///
    /// # Errors
    /// [`EventError::Chain`] if the subnets cannot be read.
    pub async fn past(self, heights: RangeInclusive<u64>) -> Result<PastEvents, EventError> {
        let head = self.hetu.block().await?;
        let sources = self.sources_of(&self.hetu.at(BlockRef::Hash(head.id.hash))).await?;
        let Self { hetu, filter, confirmations, .. } = self;
        Ok(PastEvents::new(hetu, filter, sources, confirmations, heights))
    }

    /// All events from here on, until the stream is dropped.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn follow(self) -> EventStream {
        EventStream::spawn(self)
    }

    pub(super) const fn hetu(&self) -> &Hetutensor {
        &self.hetu
    }

    pub(super) const fn filter(&self) -> &EventFilter {
        &self.filter
    }

    pub(super) const fn start(&self) -> Start {
        self.start
    }

    /// The lowest height whose events are wanted.
    pub(super) const fn first_height(&self) -> u64 {
        match self.start {
            Start::From(height) => height,
            Start::Now | Start::After(_) => 0,
        }
    }

    pub(super) const fn interval(&self) -> Duration {
        self.poll_interval
    }

    pub(super) const fn lag(&self) -> u64 {
        self.confirmations
    }

    /// The contracts of the network and of the subnets that there are where `hetu` looks.
    pub(super) async fn sources_of(&self, hetu: &Hetutensor) -> Result<EventSources, ChainError> {
        let mut sources = EventSources::new(&hetu.network().contracts);
        for timelock in &self.timelocks {
            sources.add(*timelock, Contract::Timelock);
        }
        if self.filter.wants_contracts_of_subnets() {
            let count = hetu.subnets().count().await?;
            let is_wanted = |netuid: &NetUid| {
                self.filter.netuids.is_empty() || self.filter.netuids.contains(netuid)
            };
            let netuids: Vec<_> = (1..=count).map(NetUid::new).filter(is_wanted).collect();
            for subnet in hetu.subnets().info_of_many(&netuids).await? {
                sources.add_subnet(&subnet);
            }
        }
        Ok(sources)
    }
}
