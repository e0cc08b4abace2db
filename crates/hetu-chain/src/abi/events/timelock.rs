//! Events of `HetuTimelock`.

use crate::abi::bindings::hetu_timelock::HetuTimelockEvents as Event;
use crate::abi::convert::{address, amount, saturated};
use crate::model::{ChainEvent, GovernanceEvent};

pub(super) fn convert(event: Event) -> ChainEvent {
    ChainEvent::Governance(match event {
        Event::CallScheduledFilter(event) => GovernanceEvent::CallScheduled {
            id: event.id.into(),
            index: saturated(event.index),
            target: address(event.target),
            value: amount(event.value),
            data: event.data.to_vec(),
            predecessor: event.predecessor.into(),
            delay: saturated(event.delay),
        },
        Event::CallSaltFilter(event) => {
            GovernanceEvent::CallSalt { id: event.id.into(), salt: event.salt.into() }
        }
        Event::CallExecutedFilter(event) => GovernanceEvent::CallExecuted {
            id: event.id.into(),
            index: saturated(event.index),
            target: address(event.target),
            value: amount(event.value),
            data: event.data.to_vec(),
        },
        Event::CancelledFilter(event) => GovernanceEvent::Cancelled { id: event.id.into() },
        Event::MinDelayChangeFilter(event) => GovernanceEvent::MinimumDelayChanged {
            previous: saturated(event.old_duration),
            current: saturated(event.new_duration),
        },
        Event::RoleGrantedFilter(event) => GovernanceEvent::RoleGranted {
            role: event.role.into(),
            account: address(event.account),
            sender: address(event.sender),
        },
        Event::RoleRevokedFilter(event) => GovernanceEvent::RoleRevoked {
            role: event.role.into(),
            account: address(event.account),
            sender: address(event.sender),
        },
        Event::RoleAdminChangedFilter(event) => GovernanceEvent::RoleAdminChanged {
            role: event.role.into(),
            previous: event.previous_admin_role.into(),
            current: event.new_admin_role.into(),
        },
    })
}
