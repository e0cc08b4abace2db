//! `WHETU`: HETU as an ERC-20 token.

use super::bindings::whetu as generated;
use super::convert::{amount, h160, u256};
use super::{Read, Write};
use crate::{Address, Amount};

pub(crate) fn balance_of(account: Address) -> Read<Amount> {
    let call = generated::BalanceOfCall { account: h160(account) };
    Read::new(call, |generated::BalanceOfReturn(balance)| amount(balance))
}

pub(crate) fn allowance(owner: Address, spender: Address) -> Read<Amount> {
    let call = generated::AllowanceCall { owner: h160(owner), spender: h160(spender) };
    Read::new(call, |generated::AllowanceReturn(allowance)| amount(allowance))
}

pub(crate) fn deposit() -> Write {
    Write::new(generated::DepositCall)
}

pub(crate) fn withdraw(amount: Amount) -> Write {
    Write::new(generated::WithdrawCall { amount: u256(amount) })
}

pub(crate) fn approve(spender: Address, value: Amount) -> Write {
    Write::new(generated::ApproveCall { spender: h160(spender), value: u256(value) })
}

pub(crate) fn transfer(to: Address, value: Amount) -> Write {
    Write::new(generated::TransferCall { to: h160(to), value: u256(value) })
}
