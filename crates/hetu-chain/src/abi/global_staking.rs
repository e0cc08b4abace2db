//! `GlobalStaking`: stake and its allocation to subnets.

use super::bindings::global_staking as generated;
use super::convert::{amount, h160, saturated, u256};
use super::{Read, Write};
use crate::model::{Allocation, Stake};
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
