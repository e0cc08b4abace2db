//! Queries of events.

use std::time::Duration;

use super::EventFilter;
use crate::abi::{EventSources, subnet_manager};
use crate::client::{ChainError, Reader};
use crate::model::Contract;
use crate::rpc::BlockRef;
use crate::{Address, BlockId, NetUid};

const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The position at which following starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum FollowStart {
    Now,
    From(u64),
    After(BlockId),
}

/// The selected events, and the position at which to start.
#[derive(Clone, Debug)]
pub(super) struct EventQuery {
    /// The reader of the latest block.
    pub(super) reader: Reader,
    pub(super) filter: EventFilter,
    pub(super) timelocks: Vec<Address>,
    /// The number of blocks that have to follow a block before its events are yielded.
    pub(super) confirmations: u64,
    pub(super) poll_interval: Duration,
    pub(super) start: FollowStart,
}

impl EventQuery {
    /// Creates a query of all events from the current block on.
    pub(super) fn new(reader: &Reader) -> Self {
        Self {
            reader: reader.at(BlockRef::Latest),
            filter: EventFilter::default(),
            timelocks: Vec::new(),
            confirmations: 0,
            poll_interval: POLL_INTERVAL,
            start: FollowStart::Now,
        }
    }

    /// Returns the lowest height of the selected events.
    pub(super) const fn first_height(&self) -> u64 {
        match self.start {
            FollowStart::From(height) => height,
            FollowStart::Now | FollowStart::After(_) => 0,
        }
    }

    /// Returns the contracts of the network, and those of the subnets that exist at `block`.
    pub(super) async fn sources(&self, block: BlockRef) -> Result<EventSources, ChainError> {
        let reader = self.reader.at(block);
        let contracts = &reader.network().contracts;
        let mut sources = EventSources::new(contracts);
        for timelock in &self.timelocks {
            sources.add(*timelock, Contract::Timelock);
        }
        if self.filter.wants_contracts_of_subnets() {
            let manager = contracts.subnet_manager;
            let count = reader.read(manager, subnet_manager::total_networks()).await?;
            let is_wanted = |netuid: &NetUid| {
                self.filter.netuids.is_empty() || self.filter.netuids.contains(netuid)
            };
            let netuids = (1..=count).map(NetUid::new).filter(is_wanted);
            let subnets = netuids.map(|netuid| (manager, subnet_manager::subnet_info(netuid)));
            for subnet in reader.read_many(subnets.collect()).await? {
                sources.add_subnet(&subnet);
            }
        }
        Ok(sources)
    }
}
