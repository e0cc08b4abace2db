//! The location of a transaction, as reported by one node.

use serde_json::{Value, json};

use super::flight::Flight;
use super::node_view::confirmations;
use super::preparation::understood;
use super::sender::Sender;
use super::signed::SignedTransaction;
use crate::BlockId;
use crate::abi::decode_revert;
use crate::client::error::ChainError;
use crate::model::TransactionReceipt;
use crate::rpc::{BlockRef, HexBytes, Quantity, RawReceipt, RpcCall};
use crate::text::ForeignError;

/// The state of a transaction, as reported by one node.
#[derive(Debug)]
pub(super) enum Sighting {
    /// No block includes the transaction, and its nonce is free.
    Waiting,
    /// A block includes one of the attempts.
    Included(Box<Included>),
    /// A block includes another transaction with the nonce.
    NonceUsed { head: u64 },
}

/// A transaction in a block.
#[derive(Debug)]
pub(super) struct Included {
    pub(super) signed: SignedTransaction,
    receipt: RawReceipt,
    /// The number of blocks from the one that includes it to the newest.
    pub(super) confirmations: u64,
}

impl Flight {
    /// Looks up the transaction in one request, so that one node answers all parts of it.
    pub(super) async fn sight(&self, sender: &Sender) -> Result<Sighting, ChainError> {
        let attempts = self.attempts.all();
        let mut calls = vec![
            RpcCall {
                method: "eth_getTransactionCount",
                params: vec![json!(sender.account), json!("latest")],
            },
            RpcCall { method: "eth_blockNumber", params: Vec::new() },
        ];
        calls.extend(attempts.iter().map(|attempt| RpcCall {
            method: "eth_getTransactionReceipt",
            params: vec![json!(attempt.hash)],
        }));
        let transport = sender.reader.transport();
        let mut answers = transport.read_batch::<Value>(&calls).await?.into_iter();
        let mut next = |method: &str| {
            let answer = answers.next().ok_or_else(|| malformed(method, "no answer"))?;
            answer.map_err(|error| malformed(method, error.message))
        };
        let Quantity(count) = parsed("eth_getTransactionCount", next("eth_getTransactionCount")?)?;
        let Quantity(head) = parsed("eth_blockNumber", next("eth_blockNumber")?)?;
        for signed in attempts {
            let method = "eth_getTransactionReceipt";
            let receipt: Option<RawReceipt> = parsed(method, next(method)?)?;
            if let Some(receipt) = receipt {
                let confirmations = confirmations(head, receipt.block_number.0);
                let included = Included { signed, receipt, confirmations };
                return Ok(Sighting::Included(Box::new(included)));
            }
        }
        if count > self.nonce {
            // On another chain with the same id, the nonce is unrelated to this transaction.
            sender.check_genesis().await?;
            return Ok(Sighting::NonceUsed { head });
        }
        Ok(Sighting::Waiting)
    }
}

impl Included {
    /// Returns the block that includes it.
    pub(super) const fn block(&self) -> BlockId {
        BlockId { number: self.receipt.block_number.0, hash: self.receipt.block_hash }
    }

    /// Returns `false` if the contract reverted it.
    pub(super) fn succeeded(&self) -> bool {
        self.receipt.status == Quantity(1)
    }

    /// Returns the receipt.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract reverted it.
    pub(super) async fn into_receipt(
        self,
        sender: &Sender,
        function: &str,
    ) -> Result<TransactionReceipt, ChainError> {
        if self.succeeded() {
            return Ok(sender.reader.receipt(self.receipt));
        }
        // A receipt does not contain the reason, so run the call again on the state of that block.
        let request = self.signed.request(sender.account);
        let params = vec![json!(request), json!(BlockRef::Hash(self.receipt.block_hash))];
        let again = sender.reader.transport().read::<HexBytes>("eth_call", params).await;
        let unknown =
            || ChainError::Reverted { function: function.to_owned(), revert: decode_revert(&[]) };
        Err(match again {
            Ok(_) => unknown(),
            Err(failure) => match understood(function, failure) {
                refusal @ ChainError::Reverted { .. } => refusal,
                // The failure is certain; only its reason is unavailable.
                _ => unknown(),
            },
        })
    }
}

fn parsed<T: serde::de::DeserializeOwned>(method: &str, value: Value) -> Result<T, ChainError> {
    serde_json::from_value(value).map_err(|error| malformed(method, ForeignError::new(error)))
}

fn malformed(method: &str, reason: impl Into<ForeignError>) -> ChainError {
    ChainError::Malformed { function: method.to_owned(), reason: reason.into() }
}
