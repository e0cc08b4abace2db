//! The block that tells a chain from others with the same chain id.

use serde_json::{Value, json};

use super::{ChainError, Hetutensor};
use crate::primitives::BlockHash;
use crate::rpc::{BlockRef, RawBlock, RpcCall};

impl Hetutensor {
    /// Returns the hash of the chain's first block, as the node has it now: of block 0, or of
    /// block 1 where blocks are numbered from 1. Chain ids do not tell development chains apart.
    ///
    /// # Errors
    /// [`ChainError::NoGenesis`] if the node has neither, and those of reads.
    pub async fn genesis(&self) -> Result<BlockHash, ChainError> {
        for number in [0, 1] {
            let params = vec![json!(BlockRef::Number(number)), json!(false)];
            let block: Option<RawBlock> =
                self.transport().read("eth_getBlockByNumber", params).await?;
            // Cosmos nodes have no block 0, and answer with their newest instead.
            if let Some(block) = block.filter(|block| block.number.0 == number) {
                return Ok(block.hash);
            }
        }
        Err(ChainError::NoGenesis { network: self.network().name.clone() })
    }
}

/// The call that asks for block 0.
pub(super) fn genesis_call() -> RpcCall {
    RpcCall {
        method: "eth_getBlockByNumber",
        params: vec![json!(BlockRef::Number(0)), json!(false)],
    }
}

/// The hash of block 0, if that is what the node answered.
pub(super) fn genesis_of(answer: Value) -> Option<BlockHash> {
    let block: RawBlock = serde_json::from_value(answer).ok()?;
    (block.number.0 == 0).then_some(block.hash)
}
