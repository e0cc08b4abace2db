//! Replay of a subnet from all its events, for nodes that return logs but run no large calls.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use hetu_chain::client::ReadProgress;
use hetu_chain::model::{Block, ChainEvent, Dendron, DendronEvent, EventGroup, StakingEvent};
use hetu_chain::rpc::BlockRef;
use hetu_chain::{Address, Hetutensor, NetUid};

use super::SubnetState;
use crate::{Member, SyncError};

/// Longer histories take more calls than a read of each dendron.
const MOST_BLOCKS: u64 = 1_000_000;
const HEADERS_AT_ONCE: usize = 32;
/// Number of dendrons that are compared with the contracts before the other ones are trusted.
const SAMPLE: usize = 32;

/// Returns the subnet at `pinned`, or `None` if its events do not describe it completely.
pub(super) async fn replay(
    pinned: &Hetutensor,
    netuid: NetUid,
    block: Block,
    from: u64,
    tell: &(dyn Fn(ReadProgress) + Sync),
) -> Result<Option<SubnetState>, SyncError> {
    let height = block.id.number;
    if height.saturating_sub(from) > MOST_BLOCKS {
        return Ok(None);
    }
    let (subnet, hyperparameters, count) = futures_util::try_join!(
        pinned.subnets().info(netuid),
        pinned.subnets().hyperparameters(netuid),
        pinned.dendrons().count(netuid),
    )?;
    let total = usize::try_from(count).unwrap_or(usize::MAX);
    let mut roll = ReplayedSubnet::default();
    let events = pinned.events().netuid(netuid).group(EventGroup::Dendron);
    let mut events = events.group(EventGroup::Staking).past(from..=height).await?;
    while let Some(logged) = events.next().await? {
        roll.apply(logged.block.number, &logged.event);
        tell(ReadProgress::new(roll.dendrons.len(), total));
    }
    if roll.dendrons.len() != total {
        return Ok(None);
    }
    roll.date(pinned).await?;
    let dendrons = roll.dendrons.into_values().map(|entry| entry.dendron).collect::<Vec<_>>();
    let is_still_there = pinned.at(BlockRef::Number(height)).block().await?.id == block.id;
    if !is_still_there || !is_confirmed(pinned, netuid, &dendrons).await? {
        return Ok(None);
    }
    Ok(Some(SubnetState { block, subnet, hyperparameters, dendrons }))
}

#[derive(Default)]
struct ReplayedSubnet {
    dendrons: BTreeMap<Address, ReplayedDendron>,
}

struct ReplayedDendron {
    dendron: Dendron,
    /// The block that gives the timestamp of the last change.
    changed_in: u64,
}

impl ReplayedSubnet {
    fn apply(&mut self, block: u64, event: &ChainEvent) {
        match event {
            ChainEvent::Dendron(DendronEvent::Registered {
                netuid,
                account,
                stake,
                role,
                endpoint,
                metrics_endpoint,
                ..
            }) => {
                let mut dendron = Dendron::new(*netuid, *account, *role);
                dendron.is_active = true;
                dendron.stake = *stake;
                dendron.registered_at = block;
                dendron.endpoint = endpoint.clone();
                dendron.metrics_endpoint = metrics_endpoint.clone();
                self.dendrons.insert(*account, ReplayedDendron { dendron, changed_in: block });
            }
            ChainEvent::Dendron(DendronEvent::Deregistered { account, .. }) => {
                self.dendrons.remove(account);
            }
            ChainEvent::Dendron(DendronEvent::EndpointsUpdated {
                account,
                endpoint,
                metrics_endpoint,
                ..
            }) => self.change(*account, |entry| {
                entry.dendron.endpoint = endpoint.clone();
                entry.dendron.metrics_endpoint = metrics_endpoint.clone();
                entry.changed_in = block;
            }),
            ChainEvent::Dendron(DendronEvent::ActivityChanged { account, is_active, .. }) => {
                self.change(*account, |entry| entry.dendron.is_active = *is_active);
            }
            ChainEvent::Staking(StakingEvent::AllocationChanged { account, current, .. }) => {
                self.change(*account, |entry| entry.dendron.stake = *current);
            }
            _ => {}
        }
    }

    fn change(&mut self, account: Address, change: impl FnOnce(&mut ReplayedDendron)) {
        if let Some(entry) = self.dendrons.get_mut(&account) {
            change(entry);
        }
    }

    /// Reads the timestamps of the blocks in which dendrons last changed.
    async fn date(&mut self, hetu: &Hetutensor) -> Result<(), SyncError> {
        let heights: BTreeSet<_> = self.dendrons.values().map(|entry| entry.changed_in).collect();
        let times: BTreeMap<_, _> = stream::iter(heights)
            .map(|height| async move {
                let block = hetu.at(BlockRef::Number(height)).block().await?;
                Ok::<_, SyncError>((height, block.time))
            })
            .buffer_unordered(HEADERS_AT_ONCE)
            .try_collect()
            .await?;
        for entry in self.dendrons.values_mut() {
            entry.dendron.last_update = times.get(&entry.changed_in).copied().unwrap_or_default();
        }
        Ok(())
    }
}

/// Returns `true` if a sample of the dendrons is equal to the state of the contracts. Contracts of
/// other networks may report fewer events than a replay needs.
async fn is_confirmed(
    pinned: &Hetutensor,
    netuid: NetUid,
    dendrons: &[Dendron],
) -> Result<bool, SyncError> {
    let step = dendrons.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<_> = dendrons.iter().step_by(step).cloned().collect();
    let accounts: Vec<_> = sample.iter().map(|dendron| dendron.address).collect();
    let read = pinned.dendrons().get_many(netuid, &accounts).await?;
    // Both sides cut endpoints that are too long, as a member does.
    let as_members = |dendrons: Vec<Dendron>| {
        dendrons.into_iter().map(|dendron| Member::new(dendron, true)).collect::<Vec<_>>()
    };
    Ok(as_members(sample) == as_members(read))
}
