//! Transactions of impersonated accounts, without their private keys.
//!
//! The first half of the signature is the sender, the second half is zero. It verifies under no
//! key, so a client cannot send it, and it distinguishes the transactions of two senders.

use alloy_primitives::{Address, Signature, U256};

use super::block::Transaction;

pub(crate) fn signature(sender: Address) -> Signature {
    Signature::new(sender.into_word().into(), U256::ZERO, false)
}

pub(crate) fn is_impersonated(transaction: &Transaction) -> bool {
    transaction.inner().signature().s().is_zero()
}
