//! Transactions in the name of accounts whose keys nobody has.
//!
//! Their signature has the sender as its first half and nothing as its second. It verifies under
//! no key, so it cannot be sent by a client, and it tells the transactions of two senders apart.

use alloy_primitives::{Address, Signature, U256};

use super::block::Transaction;

pub(crate) fn signature(sender: Address) -> Signature {
    Signature::new(sender.into_word().into(), U256::ZERO, false)
}

pub(crate) fn is_impersonated(transaction: &Transaction) -> bool {
    transaction.inner().signature().s().is_zero()
}
