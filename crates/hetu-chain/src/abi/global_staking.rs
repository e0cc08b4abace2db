//! `GlobalStaking`: stake and its allocation to subnets.

use super::bindings::global_staking as generated;
use super::convert::{address, amount, h160, saturated, u256};
use super::{Read, Write};
use crate::model::{Allocation, Contract, Stake};
use crate::{Address, Amount, NetUid};

pub(crate) fn stake(account: Address) -> Read<Stake> {
    let call = generated::GetStakeInfoCall { user: h160(account) };
    Read::new(call, |generated::GetStakeInfoReturn(info)| Stake {
        total: amount(info.total_staked),
        allocated: amount(info.total_allocated),
        spent: amount(info.total_cost),
        last_update: saturated(info.last_update_block),
    })
}

pub(crate) fn allocation(account: Address, netuid: NetUid) -> Read<Allocation> {
    let call = generated::GetSubnetAllocationCall { user: h160(account), netuid: netuid.get() };
    Read::new(call, |generated::GetSubnetAllocationReturn(allocation)| Allocation {
        allocated: amount(allocation.allocated),
        spent: amount(allocation.cost),
        last_update: saturated(allocation.last_update_block),
    })
}

pub(crate) fn available(account: Address) -> Read<Amount> {
    let call = generated::GetAvailableStakeCall { user: h160(account) };
    Read::new(call, |generated::GetAvailableStakeReturn(available)| amount(available))
}

pub(crate) fn can_allocate(account: Address, amount: Amount) -> Read<bool> {
    let call = generated::CanAllocateToSubnetCall { user: h160(account), amount: u256(amount) };
    Read::new(call, |generated::CanAllocateToSubnetReturn(can)| can)
}

pub(crate) fn can_pay_registration(account: Address, cost: Amount) -> Read<bool> {
    let call = generated::CanPayRegistrationCostCall { user: h160(account), cost: u256(cost) };
    Read::new(call, |generated::CanPayRegistrationCostReturn(can)| can)
}

pub(crate) fn treasury() -> Read<Address> {
    Read::new(generated::TreasuryCall, |generated::TreasuryReturn(treasury)| address(treasury))
}

pub(crate) fn is_authorized(caller: Address) -> Read<bool> {
    let call = generated::AuthorizedCallersCall { caller: h160(caller) };
    Read::new(call, |generated::AuthorizedCallersReturn { authorized }| authorized)
}

/// Returns the contract that is notified of every change of a dendron's stake.
pub(crate) fn dendron_manager() -> Read<Address> {
    let call = generated::DendronManagerCall;
    Read::new(call, |generated::DendronManagerReturn(manager)| address(manager))
        .beyond_published(Contract::GlobalStaking)
}

pub(crate) fn add(stake: Amount) -> Write {
    Write::new(generated::AddGlobalStakeCall { amount: u256(stake) })
}

pub(crate) fn remove(stake: Amount) -> Write {
    Write::new(generated::RemoveGlobalStakeCall { amount: u256(stake) })
}

pub(crate) fn allocate(netuid: NetUid, stake: Amount) -> Write {
    let call = generated::AllocateToSubnetCall { netuid: netuid.get(), amount: u256(stake) };
    Write::new(call)
}

pub(crate) fn deallocate(netuid: NetUid, stake: Amount) -> Write {
    let call = generated::DeallocateFromSubnetCall { netuid: netuid.get(), amount: u256(stake) };
    Write::new(call)
}

pub(crate) fn allocate_with_minimum(netuid: NetUid, stake: Amount, minimum: Amount) -> Write {
    Write::new(generated::AllocateToSubnetWithMinThresholdCall {
        netuid: netuid.get(),
        amount: u256(stake),
        min_threshold: u256(minimum),
    })
}

pub(crate) fn allocate_for(account: Address, netuid: NetUid, stake: Amount) -> Write {
    Write::new(generated::AllocateForCall {
        user: h160(account),
        netuid: netuid.get(),
        amount: u256(stake),
    })
    .beyond_published(Contract::GlobalStaking)
}

pub(crate) fn charge_registration(account: Address, netuid: NetUid, cost: Amount) -> Write {
    Write::new(generated::ChargeRegistrationCostCall {
        user: h160(account),
        netuid: netuid.get(),
        cost: u256(cost),
    })
}

pub(crate) fn set_authorized(caller: Address, authorized: bool) -> Write {
    Write::new(generated::SetAuthorizedCallerCall { caller: h160(caller), authorized })
}

pub(crate) fn set_treasury(treasury: Address) -> Write {
    Write::new(generated::SetTreasuryCall { treasury: h160(treasury) })
}

pub(crate) fn set_dendron_manager(manager: Address) -> Write {
    Write::new(generated::SetDendronManagerCall { new_manager: h160(manager) })
        .beyond_published(Contract::GlobalStaking)
}
