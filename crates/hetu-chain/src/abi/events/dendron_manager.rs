//! Events of `DendronManager` (published as `NeuronManager`).

use super::ownership;
use crate::NetUid;
use crate::abi::bindings::dendron_manager::DendronManagerEvents as Event;
use crate::abi::convert::{address, amount};
use crate::model::{ChainEvent, Contract, DendronEvent, RawEndpoint, Role};

pub(super) fn convert(event: Event) -> ChainEvent {
    ChainEvent::Dendron(match event {
        Event::NeuronRegisteredFilter(event) => DendronEvent::Registered {
            netuid: NetUid::new(event.netuid),
            account: address(event.account),
            stake: amount(event.stake),
            role: role(event.is_validator),
            requested_role: role(event.requested_validator_role),
            endpoint: endpoint(event.axon_endpoint, event.axon_port),
            metrics_endpoint: endpoint(event.prometheus_endpoint, event.prometheus_port),
        },
        Event::NeuronDeregisteredFilter(event) => DendronEvent::Deregistered {
            netuid: NetUid::new(event.netuid),
            account: address(event.account),
        },
        Event::ServiceUpdatedFilter(event) => DendronEvent::EndpointsUpdated {
            netuid: NetUid::new(event.netuid),
            account: address(event.account),
            endpoint: endpoint(event.axon_endpoint, event.axon_port),
            metrics_endpoint: endpoint(event.prometheus_endpoint, event.prometheus_port),
        },
        Event::StakeAllocationChangedFilter(event) => DendronEvent::StakeChanged {
            netuid: NetUid::new(event.netuid),
            account: address(event.account),
            previous: amount(event.old_stake),
            current: amount(event.new_stake),
        },
        Event::NeuronActivityChangedFilter(event) => DendronEvent::ActivityChanged {
            netuid: NetUid::new(event.netuid),
            account: address(event.account),
            is_active: event.is_active,
            stake: amount(event.stake),
        },
        Event::AuthorizedCallerUpdatedFilter(event) => DendronEvent::AuthorizedCallerUpdated {
            caller: address(event.caller),
            is_authorized: event.authorized,
        },
        Event::OwnershipTransferStartedFilter(event) => {
            let (owner, next) = (event.previous_owner, event.new_owner);
            return ownership::offered(Contract::DendronManager, owner, next);
        }
        Event::OwnershipTransferredFilter(event) => {
            let (previous, current) = (event.previous_owner, event.new_owner);
            return ownership::transferred(Contract::DendronManager, previous, current);
        }
    })
}

const fn role(is_validator: bool) -> Role {
    if is_validator { Role::Validator } else { Role::Miner }
}

const fn endpoint(host: String, port: u32) -> RawEndpoint {
    RawEndpoint { host, port }
}
