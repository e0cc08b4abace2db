//! Events of `GlobalStaking`.

use super::ownership;
use crate::NetUid;
use crate::abi::bindings::global_staking::GlobalStakingEvents as Event;
use crate::abi::convert::{address, amount};
use crate::model::{ChainEvent, Contract, StakingEvent};

pub(super) fn convert(event: Event) -> ChainEvent {
    ChainEvent::Staking(match event {
        Event::GlobalStakeAddedFilter(event) => {
            StakingEvent::Added { account: address(event.user), amount: amount(event.amount) }
        }
        Event::GlobalStakeRemovedFilter(event) => {
            StakingEvent::Removed { account: address(event.user), amount: amount(event.amount) }
        }
        Event::SubnetAllocationChangedFilter(event) => StakingEvent::AllocationChanged {
            account: address(event.user),
            netuid: NetUid::new(event.netuid),
            previous: amount(event.old_amount),
            current: amount(event.new_amount),
        },
        Event::DeallocatedFromSubnetFilter(event) => StakingEvent::Deallocated {
            account: address(event.user),
            netuid: NetUid::new(event.netuid),
            amount: amount(event.amount),
        },
        Event::RegistrationCostFilter(event) => StakingEvent::RegistrationCharged {
            account: address(event.user),
            netuid: NetUid::new(event.netuid),
            cost: amount(event.cost),
        },
        Event::AuthorizedCallerUpdatedFilter(event) => StakingEvent::AuthorizedCallerUpdated {
            caller: address(event.caller),
            is_authorized: event.authorized,
        },
        Event::DendronManagerUpdatedFilter(event) => StakingEvent::DendronManagerReplaced {
            previous: address(event.previous_manager),
            current: address(event.new_manager),
        },
        Event::TreasuryUpdatedFilter(event) => StakingEvent::TreasuryReplaced {
            previous: address(event.previous_treasury),
            current: address(event.new_treasury),
        },
        Event::OwnershipTransferStartedFilter(event) => {
            let (owner, next) = (event.previous_owner, event.new_owner);
            return ownership::offered(Contract::GlobalStaking, owner, next);
        }
        Event::OwnershipTransferredFilter(event) => {
            let (previous, current) = (event.previous_owner, event.new_owner);
            return ownership::transferred(Contract::GlobalStaking, previous, current);
        }
    })
}
