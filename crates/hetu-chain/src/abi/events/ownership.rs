//! Events of the owner, which every owned contract has.

use ethers_core::types::H160;

use crate::abi::convert::address;
use crate::model::{ChainEvent, Contract, GovernanceEvent};

pub(super) fn offered(contract: Contract, owner: H160, next: H160) -> ChainEvent {
    ChainEvent::Governance(GovernanceEvent::OwnershipOffered {
        contract,
        owner: address(owner),
        next: address(next),
    })
}

pub(super) fn transferred(contract: Contract, previous: H160, current: H160) -> ChainEvent {
    ChainEvent::Governance(GovernanceEvent::OwnershipTransferred {
        contract,
        previous: address(previous),
        current: address(current),
    })
}
