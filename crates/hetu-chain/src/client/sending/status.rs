//! Where a transaction is.

use serde_json::json;

use crate::client::{ChainError, Hetutensor};
use crate::rpc::{Quantity, RawReceipt};
use crate::{BlockId, TxHash};

/// Where a transaction is, as a node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionStatus {
    /// The node does not know it: it was never sent, was lost, or was replaced.
    Unknown,
    /// It waits for a block.
    Waiting,
    /// A block includes it.
    Included {
        /// The block.
        block: BlockId,
        /// How many blocks include or follow it: 1 if it is in the newest.
        confirmations: u64,
        /// Whether it did what it should; otherwise the contract refused.
        succeeded: bool,
    },
}

/// Returns the number of blocks from a block to the newest, without overflow on numbers of a node.
pub(super) const fn confirmations(head: u64, block: u64) -> u64 {
    head.saturating_sub(block).saturating_add(1)
}

impl Hetutensor {
    pub(in crate::client) async fn status(
        &self,
        transaction: TxHash,
    ) -> Result<TransactionStatus, ChainError> {
        let params = vec![json!(transaction)];
        let receipt: Option<RawReceipt> =
            self.transport().read("eth_getTransactionReceipt", params).await?;
        let Some(receipt) = receipt else {
            let waits = self.is_known(transaction).await;
            return Ok(if waits { TransactionStatus::Waiting } else { TransactionStatus::Unknown });
        };
        let Quantity(head) = self.transport().read("eth_blockNumber", Vec::new()).await?;
        Ok(TransactionStatus::Included {
            block: BlockId { number: receipt.block_number.0, hash: receipt.block_hash },
            confirmations: confirmations(head, receipt.block_number.0),
            succeeded: receipt.status == Quantity(1),
        })
    }
}
