//! Conversions between the types of `ethers` and those of this crate.

use ethers_core::types::{H160, U256};

use crate::primitives::Bytes32;
use crate::{Address, Amount};

pub(super) fn address(address: H160) -> Address {
    Address::new(address.0)
}

pub(super) fn h160(address: Address) -> H160 {
    H160(*address.as_bytes())
}

pub(super) fn amount(value: U256) -> Amount {
    let mut bytes = [0; 32];
    value.to_big_endian(&mut bytes);
    Amount::from_be_bytes(bytes)
}

/// Returns the number as a big-endian 256-bit integer.
pub(super) fn bytes32(value: U256) -> Bytes32 {
    let mut bytes = [0; 32];
    value.to_big_endian(&mut bytes);
    bytes.into()
}

pub(super) fn u256(amount: Amount) -> U256 {
    U256::from_big_endian(&amount.to_be_bytes())
}

/// Converts heights and times, which contracts store in 256 bits and which never need more than 64.
pub(super) fn saturated(value: U256) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// A type of this crate with a form in the generated bindings.
pub(super) trait AbiValue<T>: Sized {
    fn from_abi(value: T) -> Self;
    fn to_abi(self) -> T;
}

impl AbiValue<U256> for Amount {
    fn from_abi(value: U256) -> Self {
        amount(value)
    }

    fn to_abi(self) -> U256 {
        u256(self)
    }
}

macro_rules! same_in_abi {
    ($($kind:ty),*) => {
        $(impl AbiValue<$kind> for $kind {
            fn from_abi(value: $kind) -> Self {
                value
            }

            fn to_abi(self) -> $kind {
                self
            }
        })*
    };
}

same_in_abi!(bool, u16, u64);
