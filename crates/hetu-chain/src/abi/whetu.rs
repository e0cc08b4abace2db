//! The functions of `WHETU` beyond ERC-20: wrapping of HETU, and allowances by signature.

use super::bindings::whetu as generated;
use super::convert::{amount, h160, saturated, u256};
use super::{Read, Write};
use crate::model::Permit;
use crate::{Address, Amount};

pub(crate) fn deposit() -> Write {
    Write::new(generated::DepositCall)
}

pub(crate) fn withdraw(amount: Amount) -> Write {
    Write::new(generated::WithdrawCall { amount: u256(amount) })
}

/// Returns the HETU that backs all WHETU.
pub(crate) fn backing() -> Read<Amount> {
    Read::new(generated::TotalETHCall, |generated::TotalETHReturn(total)| amount(total))
}

/// Returns the nonce of the next permit of `owner`.
pub(crate) fn permit_nonce(owner: Address) -> Read<u64> {
    let call = generated::NoncesCall { owner: h160(owner) };
    Read::new(call, |generated::NoncesReturn(nonce)| saturated(nonce))
}

pub(crate) fn permit(permit: &Permit) -> Write {
    let signature = permit.signature;
    Write::new(generated::PermitCall {
        owner: h160(permit.owner),
        spender: h160(permit.spender),
        value: u256(permit.value),
        deadline: permit.deadline.into(),
        v: signature.v(),
        r: signature.r(),
        s: signature.s(),
    })
}
