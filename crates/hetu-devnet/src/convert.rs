//! Conversions between the types of the SDK and those of the EVM.

use alloy_primitives as evm;
use hetu_chain::{Address, Amount, Signature};

pub(crate) fn evm_address(address: Address) -> evm::Address {
    evm::Address::from(*address.as_bytes())
}

pub(crate) fn sdk_address(address: evm::Address) -> Address {
    Address::from(address.into_array())
}

pub(crate) fn wei(amount: Amount) -> evm::U256 {
    evm::U256::from_be_bytes(amount.to_be_bytes())
}

pub(crate) fn evm_signature(signature: &Signature) -> evm::Signature {
    let (r, s) = (signature.r().into(), signature.s().into());
    evm::Signature::from_scalars_and_parity(r, s, signature.is_y_odd())
}
