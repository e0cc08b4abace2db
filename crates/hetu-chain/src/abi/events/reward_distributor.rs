//! Events of `RewardDistributor`.

use super::ownership;
use crate::NetUid;
use crate::abi::bindings::reward_distributor::RewardDistributorEvents as Event;
use crate::abi::convert::{address, amount, saturated};
use crate::model::{ChainEvent, Contract, RewardsEvent};

pub(super) fn convert(event: Event) -> ChainEvent {
    ChainEvent::Rewards(match event {
        Event::RewardsFundedFilter(event) => RewardsEvent::Funded {
            netuid: NetUid::new(event.netuid),
            funder: address(event.funder),
            amount: amount(event.amount),
            total: amount(event.total_funded),
        },
        Event::RewardClaimedFilter(event) => RewardsEvent::Claimed {
            netuid: NetUid::new(event.netuid),
            account: address(event.account),
            amount: amount(event.amount),
            cumulative: amount(event.cumulative_amount),
        },
        Event::RootPublishedFilter(event) => RewardsEvent::RootPublished {
            netuid: NetUid::new(event.netuid),
            epoch: event.epoch,
            root: event.root.into(),
            total: amount(event.total_cumulative),
            claimable_from: saturated(event.claimable_from),
        },
        Event::RootVetoedFilter(event) => RewardsEvent::RootVetoed {
            netuid: NetUid::new(event.netuid),
            epoch: event.epoch,
            root: event.root.into(),
            guardian: address(event.guardian),
        },
        Event::KeeperUpdatedFilter(event) => {
            RewardsEvent::KeeperUpdated { keeper: address(event.keeper), is_allowed: event.allowed }
        }
        Event::GuardianUpdatedFilter(event) => RewardsEvent::GuardianUpdated {
            guardian: address(event.guardian),
            is_allowed: event.allowed,
        },
        Event::RootDelayUpdatedFilter(event) => {
            RewardsEvent::RootDelayUpdated { previous: event.old_delay, current: event.new_delay }
        }
        Event::PausedFilter(event) => RewardsEvent::Paused { account: address(event.account) },
        Event::UnpausedFilter(event) => RewardsEvent::Unpaused { account: address(event.account) },
        Event::OwnershipTransferStartedFilter(event) => {
            let (owner, next) = (event.previous_owner, event.new_owner);
            return ownership::offered(Contract::RewardDistributor, owner, next);
        }
        Event::OwnershipTransferredFilter(event) => {
            let (previous, current) = (event.previous_owner, event.new_owner);
            return ownership::transferred(Contract::RewardDistributor, previous, current);
        }
    })
}
