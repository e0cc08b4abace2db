//! Block headers of one node, checked against each other.

use serde_json::json;

use super::EventError;
use crate::BlockId;
use crate::model::Block;
use crate::primitives::BlockHash;
use crate::rpc::{BlockRef, RawBlock, RpcCall, RpcSession};

/// Returns the latest block.
pub(super) async fn newest(session: &RpcSession) -> Result<Block, EventError> {
    let params = vec![json!(BlockRef::Latest), json!(false)];
    let header: RawBlock = session.read("eth_getBlockByNumber", params).await?;
    Ok(header.into())
}

/// Returns the block with this hash, or `None` if the node does not have it any more.
pub(super) async fn with_hash(
    session: &RpcSession,
    hash: BlockHash,
) -> Result<Option<Block>, EventError> {
    let params = vec![json!(hash), json!(false)];
    let header: Option<RawBlock> = session.read("eth_getBlockByHash", params).await?;
    match header.map(Block::from) {
        Some(block) if block.id.hash != hash => Err(EventError::contradiction(
            session,
            format!("{} in the place of block {hash}", block.id),
        )),
        block => Ok(block),
    }
}

/// Returns the block at `height`, or `None` if there is none.
pub(super) async fn at_height(
    session: &RpcSession,
    height: u64,
) -> Result<Option<Block>, EventError> {
    Ok(at_heights(session, &[height]).await?.pop().flatten())
}

/// Returns the blocks at `heights`, in this order.
pub(super) async fn at_heights(
    session: &RpcSession,
    heights: &[u64],
) -> Result<Vec<Option<Block>>, EventError> {
    let calls: Vec<_> = heights
        .iter()
        .map(|&height| RpcCall {
            method: "eth_getBlockByNumber",
            params: vec![json!(BlockRef::Number(height)), json!(false)],
        })
        .collect();
    let answers = session.read_batch::<Option<RawBlock>>(&calls).await?;
    let mut blocks = Vec::with_capacity(heights.len());
    for (answer, &height) in answers.into_iter().zip(heights) {
        let header = answer.map_err(|error| session.answered("eth_getBlockByNumber", error))?;
        let block = header.map(Block::from);
        if let Some(Block { id, .. }) = block
            && id.number != height
        {
            return Err(EventError::contradiction(session, format!("{id} at height {height}")));
        }
        blocks.push(block);
    }
    Ok(blocks)
}

/// Returns the blocks from height `from` to height `to`, each the parent of the next. Returns fewer
/// blocks if the node does not have all of them.
pub(super) async fn chain(
    session: &RpcSession,
    parent: Option<BlockId>,
    from: u64,
    to: u64,
) -> Result<Vec<Block>, EventError> {
    let heights: Vec<_> = (from..=to).collect();
    let found = at_heights(session, &heights).await?;
    let blocks: Vec<_> = found.into_iter().map_while(|block| block).collect();
    let mut parent = parent;
    for block in &blocks {
        if parent.is_some_and(|parent| parent.hash != block.parent) {
            let reason = format!("{} does not follow the block before it", block.id);
            return Err(EventError::contradiction(session, reason));
        }
        parent = Some(block.id);
    }
    Ok(blocks)
}
