//! The functions of `AlphaToken`, the token of a subnet, beyond ERC-20.

use super::bindings::alpha_token as generated;
use super::convert::{address, amount, h160, saturated, u256};
use super::{Read, Write};
use crate::model::AlphaTokenInfo;
use crate::{Address, Amount, NetUid};

pub(crate) fn info() -> Read<AlphaTokenInfo> {
    Read::new(generated::GetTokenInfoCall, |info: generated::GetTokenInfoReturn| AlphaTokenInfo {
        name: info.name,
        symbol: info.symbol,
        total_supply: amount(info.total_supply),
        netuid: NetUid::new(info.netuid),
        first_minter: address(info.minter),
        created_at: saturated(info.created_at),
    })
}

pub(crate) fn is_minter(account: Address) -> Read<bool> {
    let call = generated::AuthorizedMintersCall { minter: h160(account) };
    Read::new(call, |generated::AuthorizedMintersReturn { authorized }| authorized)
}

pub(crate) fn mint(to: Address, amount: Amount) -> Write {
    Write::new(generated::MintCall { to: h160(to), amount: u256(amount) })
}

pub(crate) fn burn(holder: Address, amount: Amount) -> Write {
    Write::new(generated::BurnCall { from: h160(holder), amount: u256(amount) })
}
