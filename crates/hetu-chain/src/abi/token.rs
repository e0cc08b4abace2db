//! ERC-20, which `WHETU` and every `AlphaToken` implement.

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

pub(crate) fn total_supply() -> Read<Amount> {
    Read::new(generated::TotalSupplyCall, |generated::TotalSupplyReturn(supply)| amount(supply))
}

pub(crate) fn name() -> Read<String> {
    Read::new(generated::NameCall, |generated::NameReturn(name)| name)
}

pub(crate) fn symbol() -> Read<String> {
    Read::new(generated::SymbolCall, |generated::SymbolReturn(symbol)| symbol)
}

pub(crate) fn decimals() -> Read<u8> {
    Read::new(generated::DecimalsCall, |generated::DecimalsReturn(decimals)| decimals)
}

pub(crate) fn approve(spender: Address, value: Amount) -> Write {
    Write::new(generated::ApproveCall { spender: h160(spender), value: u256(value) })
}

pub(crate) fn transfer(to: Address, value: Amount) -> Write {
    Write::new(generated::TransferCall { to: h160(to), value: u256(value) })
}

pub(crate) fn transfer_from(from: Address, to: Address, value: Amount) -> Write {
    let (from, to) = (h160(from), h160(to));
    Write::new(generated::TransferFromCall { from, to, value: u256(value) })
}
