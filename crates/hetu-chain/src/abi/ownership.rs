//! Owners of contracts. Every owned contract has the same functions, so one ABI serves them all.

use super::bindings::dendron_manager as generated;
use super::convert::{address, h160};
use super::{Read, Write};
use crate::Address;
use crate::model::Contract;

pub(crate) fn owner() -> Read<Address> {
    Read::new(generated::OwnerCall, |generated::OwnerReturn(owner)| address(owner))
}

/// Returns `None` if no next owner is proposed.
pub(crate) fn pending_owner(contract: Contract) -> Read<Option<Address>> {
    Read::new(generated::PendingOwnerCall, |generated::PendingOwnerReturn(owner)| {
        Some(address(owner)).filter(|owner| !owner.is_zero())
    })
    .beyond_published(contract)
}

pub(crate) fn transfer(new_owner: Address) -> Write {
    Write::new(generated::TransferOwnershipCall { new_owner: h160(new_owner) })
}

pub(crate) fn accept(contract: Contract) -> Write {
    Write::new(generated::AcceptOwnershipCall).beyond_published(contract)
}

pub(crate) fn renounce() -> Write {
    Write::new(generated::RenounceOwnershipCall)
}
