//! Blocks and what transactions left in them.

use serde::{Deserialize, Serialize};

use super::ChainEvent;
use crate::primitives::BlockHash;
use crate::{Address, Amount, BlockId, TxHash};

/// A block's header, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Block {
    /// Height and hash.
    pub id: BlockId,
    /// The hash of the block before it.
    pub parent: BlockHash,
    /// When it was made, in seconds since 1970.
    pub time: u64,
}

impl Block {
    /// The block `id` after the block with the hash `parent`, made `time` seconds after 1970.
    pub const fn new(id: BlockId, parent: BlockHash, time: u64) -> Self {
        Self { id, parent, time }
    }
}

/// A transaction that a block includes, and that did not revert.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionReceipt {
    /// The transaction.
    pub transaction: TxHash,
    /// The block that includes it.
    pub block: BlockId,
    /// The gas it used.
    pub gas_used: u64,
    /// What was paid for that gas, if the node says so.
    pub fee: Option<Amount>,
    /// The contract it created, if it was to create one.
    pub created: Option<Address>,
    /// What the contracts of the network reported, in their order.
    pub events: Vec<ChainEvent>,
}

/// What a contract reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) contract: Address,
    pub(crate) topics: Vec<[u8; 32]>,
    pub(crate) data: Vec<u8>,
}
