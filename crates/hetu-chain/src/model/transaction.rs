//! Blocks and the results of transactions.

use serde::{Deserialize, Serialize};

use super::ChainEvent;
use crate::primitives::BlockHash;
use crate::{Address, Amount, BlockId, TxHash};

/// The members of a block's header that this crate needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Block {
    /// Height and hash.
    pub id: BlockId,
    /// The hash of the parent block.
    pub parent: BlockHash,
    /// The time of the block, in seconds since 1970.
    pub time: u64,
}

impl Block {
    /// Creates the block `id` with the parent `parent` and the time `time`, in seconds since 1970.
    pub const fn new(id: BlockId, parent: BlockHash, time: u64) -> Self {
        Self { id, parent, time }
    }
}

/// The receipt of a transaction that a block includes and that did not revert.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionReceipt {
    /// The transaction.
    pub transaction: TxHash,
    /// The block that includes it.
    pub block: BlockId,
    /// The gas it used.
    pub gas_used: u64,
    /// The fee that was paid for that gas, if the node reports it.
    pub fee: Option<Amount>,
    /// The contract that the transaction created, if any.
    pub created: Option<Address>,
    /// The events of the network's contracts, in their order.
    pub events: Vec<ChainEvent>,
}

/// A log entry of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) contract: Address,
    pub(crate) topics: Vec<[u8; 32]>,
    pub(crate) data: Vec<u8>,
}
