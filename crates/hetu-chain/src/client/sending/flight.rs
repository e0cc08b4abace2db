//! A transaction that was signed, and all that were signed for the same nonce.

use serde_json::json;

use super::nonce_lane::HeldNonce;
use crate::abi::UnsignedTransaction;
use crate::client::journal::SignedRecord;
use crate::client::{ChainError, Hetutensor};
use crate::rpc::{CallRequest, HexBytes};
use crate::{Address, TxHash, keccak256};

/// What was signed for one nonce: a transaction, and those that were to take its place. One of
/// them at most is ever included.
#[derive(Debug)]
pub(super) struct Flight {
    /// The contract function, for errors.
    pub(super) function: String,
    pub(super) account: Address,
    pub(super) nonce: u64,
    /// What names the call, so that it is made once.
    pub(super) key: Option<String>,
    /// The first is the original, the last the newest.
    pub(super) attempts: Vec<Attempt>,
    /// Whether the journal says that a block included it.
    pub(super) was_included: bool,
    /// Whether the policy has counted what it spends.
    pub(super) was_counted: bool,
    /// Keeps others of this process off the nonce.
    pub(super) held: HeldNonce,
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) hash: TxHash,
    pub(super) transaction: UnsignedTransaction,
    pub(super) bytes: Vec<u8>,
    /// Whether it only takes the nonce from the original.
    pub(super) cancels: bool,
}

impl Flight {
    /// The hash of the newest attempt, which nodes prefer.
    pub(super) fn newest_hash(&self) -> TxHash {
        self.attempts.last().map(|attempt| attempt.hash).unwrap_or_default()
    }

    /// The hash of the first attempt.
    pub(super) fn original_hash(&self) -> TxHash {
        self.attempts.first().map(|attempt| attempt.hash).unwrap_or_default()
    }
}

impl Attempt {
    /// What the journal holds; nothing if that is no transaction.
    pub(super) fn of_record(record: &SignedRecord) -> Option<Self> {
        Some(Self {
            hash: record.hash,
            transaction: record.transaction()?,
            bytes: record.signed.0.clone(),
            cancels: record.cancels,
        })
    }

    /// The transaction as a call that can be run again.
    pub(super) fn request(&self, from: Address) -> CallRequest {
        let UnsignedTransaction { to, data, value, .. } = self.transaction.clone();
        CallRequest { from: Some(from), to, data: HexBytes(data), value }
    }
}

impl Hetutensor {
    pub(super) async fn sign_transaction(
        &self,
        transaction: UnsignedTransaction,
        cancels: bool,
    ) -> Result<Attempt, ChainError> {
        let signature = self.signer()?.sign(transaction.request()).await?;
        let bytes = transaction.signed(&signature);
        let hash = TxHash::from(keccak256(&bytes));
        Ok(Attempt { hash, transaction, bytes, cancels })
    }

    /// Whether the node has the transaction, waiting or included. False also if it cannot be
    /// asked.
    pub(super) async fn is_known(&self, transaction: TxHash) -> bool {
        let params = vec![json!(transaction)];
        let found: Result<Option<serde_json::Value>, _> =
            self.transport().read("eth_getTransactionByHash", params).await;
        matches!(found, Ok(Some(_)))
    }
}
