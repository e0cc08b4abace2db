//! Events of `SubnetManager`.

use ethers_core::types::{H256, U256};

use super::ownership;
use crate::NetUid;
use crate::abi::bindings::subnet_manager::SubnetManagerEvents as Event;
use crate::abi::convert::{address, amount, bytes32, saturated};
use crate::abi::subnet_manager::from_contract;
use crate::model::{ChainEvent, Contract, NetworkParameterChange, SubnetEvent};
use crate::primitives::keccak256;

pub(super) fn convert(event: Event) -> ChainEvent {
    ChainEvent::Subnet(match event {
        Event::NetworkRegisteredFilter(event) => SubnetEvent::Registered {
            netuid: NetUid::new(event.netuid),
            owner: address(event.owner),
            alpha_token: address(event.alpha_token),
            pool: address(event.amm_pool),
            locked: amount(event.locked_amount),
            pool_initial: amount(event.pool_amount),
            burned: amount(event.burned_amount),
            name: event.name,
            hyperparameters: Box::new(from_contract(event.hyperparams)),
        },
        Event::SubnetActivatedFilter(event) => SubnetEvent::Activated {
            netuid: NetUid::new(event.netuid),
            owner: address(event.owner),
            time: saturated(event.timestamp),
        },
        Event::SubnetHyperparamsUpdatedFilter(event) => SubnetEvent::HyperparametersUpdated {
            netuid: NetUid::new(event.netuid),
            updater: address(event.updater),
            hyperparameters: Box::new(from_contract(event.hyperparams)),
        },
        Event::NetworkConfigUpdatedFilter(event) => SubnetEvent::NetworkParameterSet {
            change: parameter(event.param_name, event.old_value, event.new_value),
            updater: address(event.updater),
        },
        Event::NetworkLockStateResetFilter(event) => SubnetEvent::LockCostReset {
            previous: amount(event.previous_lock),
            updater: address(event.updater),
        },
        Event::OwnershipTransferStartedFilter(event) => {
            let (owner, next) = (event.previous_owner, event.new_owner);
            return ownership::offered(Contract::SubnetManager, owner, next);
        }
        Event::OwnershipTransferredFilter(event) => {
            let (previous, current) = (event.previous_owner, event.new_owner);
            return ownership::transferred(Contract::SubnetManager, previous, current);
        }
    })
}

/// Converts a changed parameter. A log contains only the hash of an indexed string.
fn parameter(H256(name_hash): H256, previous: U256, current: U256) -> NetworkParameterChange {
    if name_hash == keccak256("networkMinLock") {
        let (previous, current) = (amount(previous), amount(current));
        NetworkParameterChange::MinimumLock { previous, current }
    } else if name_hash == keccak256("networkRateLimit") {
        let (previous, current) = (saturated(previous), saturated(current));
        NetworkParameterChange::RateLimit { previous, current }
    } else if name_hash == keccak256("lockReductionInterval") {
        let (previous, current) = (saturated(previous), saturated(current));
        NetworkParameterChange::LockReductionInterval { previous, current }
    } else {
        NetworkParameterChange::Other {
            name_hash: name_hash.into(),
            previous: bytes32(previous),
            current: bytes32(current),
        }
    }
}
