//! The state of transactions and nonces, as reported by a node.

use serde_json::{Value, json};

use crate::client::error::ChainError;
use crate::client::reader::Reader;
use crate::rpc::{Quantity, RawReceipt};
use crate::{Address, BlockId, TxHash};

/// The state of a transaction, as reported by a node.
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
        /// The number of blocks from the one that includes it to the newest: 1 if it is in the
        /// newest.
        confirmations: u64,
        /// `true` if the transaction succeeded, `false` if the contract reverted it.
        succeeded: bool,
    },
}

/// Returns the number of blocks from `block` to `head`, without overflow on a node's numbers.
pub(super) const fn confirmations(head: u64, block: u64) -> u64 {
    head.saturating_sub(block).saturating_add(1)
}

/// Returns the state of a transaction of any account.
pub(in crate::client) async fn status(
    reader: &Reader,
    transaction: TxHash,
) -> Result<TransactionStatus, ChainError> {
    let params = vec![json!(transaction)];
    let receipt: Option<RawReceipt> =
        reader.transport().read("eth_getTransactionReceipt", params).await?;
    let Some(receipt) = receipt else {
        let waits = is_known(reader, transaction).await;
        return Ok(if waits { TransactionStatus::Waiting } else { TransactionStatus::Unknown });
    };
    let Quantity(head) = reader.transport().read("eth_blockNumber", Vec::new()).await?;
    Ok(TransactionStatus::Included {
        block: BlockId { number: receipt.block_number.0, hash: receipt.block_hash },
        confirmations: confirmations(head, receipt.block_number.0),
        succeeded: receipt.status == Quantity(1),
    })
}

/// Returns `true` if the node has the transaction, waiting or included, and `false` also if the
/// node cannot be reached.
pub(super) async fn is_known(reader: &Reader, transaction: TxHash) -> bool {
    let params = vec![json!(transaction)];
    let found: Result<Option<Value>, _> =
        reader.transport().read("eth_getTransactionByHash", params).await;
    matches!(found, Ok(Some(_)))
}

/// Returns `true` if no block includes the transaction, and `false` also if the node cannot be
/// reached.
pub(super) async fn is_absent(reader: &Reader, transaction: TxHash) -> bool {
    let params = vec![json!(transaction)];
    let receipt: Result<Option<Value>, _> =
        reader.transport().read("eth_getTransactionReceipt", params).await;
    matches!(receipt, Ok(None))
}

/// Returns `true` if blocks include a transaction of the account with this nonce, and `false` also
/// if the node cannot be reached.
pub(super) async fn has_passed(reader: &Reader, account: Address, nonce: u64) -> bool {
    matches!(mined_count(reader, account).await, Ok(count) if count > nonce)
}

/// Returns the number of the account's transactions in blocks.
pub(super) async fn mined_count(reader: &Reader, account: Address) -> Result<u64, ChainError> {
    count(reader, account, "latest").await
}

/// Returns the number of the account's transactions in blocks and in the pool.
pub(in crate::client) async fn pending_count(
    reader: &Reader,
    account: Address,
) -> Result<u64, ChainError> {
    count(reader, account, "pending").await
}

async fn count(reader: &Reader, account: Address, block: &str) -> Result<u64, ChainError> {
    let params = vec![json!(account), json!(block)];
    let Quantity(count) = reader.transport().read("eth_getTransactionCount", params).await?;
    Ok(count)
}
