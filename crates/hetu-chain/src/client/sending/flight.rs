//! A transaction that was signed, and all that were signed for the same nonce.

use serde_json::json;

use super::attempts::{Attempt, Attempts};
use super::nonce_lane::HeldNonce;
use crate::abi::UnsignedTransaction;
use crate::client::{ChainError, Hetutensor};
use crate::primitives::keccak256;
use crate::{Address, Amount, TxHash};

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
    pub(super) attempts: Attempts,
    /// Whether the journal says that a block included it.
    pub(super) was_included: bool,
    /// Whether the policy has counted what it spends.
    pub(super) was_counted: bool,
    /// The part of its fee that the count of the day's fees includes.
    pub(super) counted_fee: Amount,
    /// Keeps others of this process off the nonce.
    pub(super) held: HeldNonce,
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
