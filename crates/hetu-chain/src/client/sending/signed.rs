//! A signed transaction.

use crate::abi::UnsignedTransaction;
use crate::client::error::ChainError;
use crate::client::journal::SignedRecord;
use crate::primitives::keccak256;
use crate::rpc::{CallRequest, HexBytes};
use crate::{Address, Signer, TxHash};

/// A transaction with its signature, as the bytes that nodes accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedTransaction {
    pub(super) hash: TxHash,
    pub(super) transaction: UnsignedTransaction,
    pub(super) bytes: Vec<u8>,
    /// `true` if it only cancels the original by using its nonce.
    pub(super) cancels: bool,
}

impl SignedTransaction {
    /// Signs the transaction with `signer`.
    pub(super) async fn sign(
        signer: &dyn Signer,
        transaction: UnsignedTransaction,
        cancels: bool,
    ) -> Result<Self, ChainError> {
        let signature = signer.sign(transaction.request()).await?;
        let bytes = transaction.signed(&signature);
        let hash = TxHash::from(keccak256(&bytes));
        Ok(Self { hash, transaction, bytes, cancels })
    }

    /// Returns the transaction of a record, or `None` if its bytes are not a transaction.
    pub(super) fn of_record(record: &SignedRecord) -> Option<Self> {
        Some(Self {
            hash: record.hash,
            transaction: record.transaction()?,
            bytes: record.signed.0.clone(),
            cancels: record.cancels,
        })
    }

    /// Returns the transaction as a call that can be repeated.
    pub(super) fn request(&self, from: Address) -> CallRequest {
        let UnsignedTransaction { to, data, value, .. } = self.transaction.clone();
        CallRequest { from: Some(from), to, data: HexBytes(data), value, gas: None }
    }
}
