//! `HetuTimelock`: changes that take effect after an announced delay.

use ethers_core::abi::AbiEncode;
use ethers_core::types::{Bytes, H160, U256};

use super::bindings::hetu_timelock as generated;
use super::convert::{h160, saturated, u256};
use super::{Read, Write};
use crate::Address;
use crate::model::{Proposal, ProposalState, ProposedCall, TimelockRole};
use crate::primitives::{Bytes32, keccak256};

/// Returns the identifier of the proposal (`hashOperation`, `hashOperationBatch`).
pub(crate) fn id(proposal: &Proposal) -> Bytes32 {
    let (predecessor, salt) = (*proposal.predecessor.as_bytes(), *proposal.salt.as_bytes());
    let encoded = match &proposal.calls[..] {
        [call] => {
            let (target, value, data) = single(call);
            AbiEncode::encode((target, value, data, predecessor, salt))
        }
        calls => {
            let (targets, values, data) = batch(calls);
            AbiEncode::encode((targets, values, data, predecessor, salt))
        }
    };
    Bytes32::from(keccak256(encoded))
}

pub(crate) fn min_delay() -> Read<u64> {
    Read::new(generated::GetMinDelayCall, |generated::GetMinDelayReturn(delay)| saturated(delay))
}

pub(crate) fn state(id: Bytes32) -> Read<ProposalState> {
    let call = generated::GetOperationStateCall { id: *id.as_bytes() };
    Read::checked(call, |generated::GetOperationStateReturn(state)| match state {
        0 => Ok(ProposalState::Unknown),
        1 => Ok(ProposalState::Waiting),
        2 => Ok(ProposalState::Ready),
        3 => Ok(ProposalState::Done),
        other => Err(format!("{other} is no state of a proposal")),
    })
}

/// Returns the time at which the proposal is ready, in seconds since 1970; 1 once it is executed, 0
/// if it does not exist.
pub(crate) fn timestamp(id: Bytes32) -> Read<u64> {
    let call = generated::GetTimestampCall { id: *id.as_bytes() };
    Read::new(call, |generated::GetTimestampReturn(time)| saturated(time))
}

pub(crate) fn has_role(role: TimelockRole, account: Address) -> Read<bool> {
    let call = generated::HasRoleCall { role: *role.id().as_bytes(), account: h160(account) };
    Read::new(call, |generated::HasRoleReturn(has)| has)
}

pub(crate) fn schedule(proposal: &Proposal, delay: u64) -> Write {
    let (predecessor, salt) = (*proposal.predecessor.as_bytes(), *proposal.salt.as_bytes());
    let delay = delay.into();
    match &proposal.calls[..] {
        [call] => {
            let (target, value, data) = single(call);
            Write::new(generated::ScheduleCall { target, value, data, predecessor, salt, delay })
        }
        calls => {
            let (targets, values, payloads) = batch(calls);
            Write::new(generated::ScheduleBatchCall {
                targets,
                values,
                payloads,
                predecessor,
                salt,
                delay,
            })
        }
    }
}

pub(crate) fn execute(proposal: &Proposal) -> Write {
    let (predecessor, salt) = (*proposal.predecessor.as_bytes(), *proposal.salt.as_bytes());
    match &proposal.calls[..] {
        [call] => {
            let (target, value, payload) = single(call);
            Write::new(generated::ExecuteCall { target, value, payload, predecessor, salt })
        }
        calls => {
            let (targets, values, payloads) = batch(calls);
            Write::new(generated::ExecuteBatchCall { targets, values, payloads, predecessor, salt })
        }
    }
}

pub(crate) fn cancel(id: Bytes32) -> Write {
    Write::new(generated::CancelCall { id: *id.as_bytes() })
}

pub(crate) fn grant_role(role: TimelockRole, account: Address) -> Write {
    let (role, account) = (*role.id().as_bytes(), h160(account));
    Write::new(generated::GrantRoleCall { role, account })
}

pub(crate) fn revoke_role(role: TimelockRole, account: Address) -> Write {
    let (role, account) = (*role.id().as_bytes(), h160(account));
    Write::new(generated::RevokeRoleCall { role, account })
}

pub(crate) fn renounce_role(role: TimelockRole, caller: Address) -> Write {
    let (role, caller_confirmation) = (*role.id().as_bytes(), h160(caller));
    Write::new(generated::RenounceRoleCall { role, caller_confirmation })
}

pub(crate) fn update_delay(delay: u64) -> Write {
    Write::new(generated::UpdateDelayCall { new_delay: delay.into() })
}

fn single(call: &ProposedCall) -> (H160, U256, Bytes) {
    (h160(call.target), u256(call.value), Bytes::from(call.data.clone()))
}

fn batch(calls: &[ProposedCall]) -> (Vec<H160>, Vec<U256>, Vec<Bytes>) {
    let targets = calls.iter().map(|call| h160(call.target)).collect();
    let values = calls.iter().map(|call| u256(call.value)).collect();
    let payloads = calls.iter().map(|call| Bytes::from(call.data.clone())).collect();
    (targets, values, payloads)
}
