//! Blocks that a reorganisation took off the chain.

use std::sync::Arc;

use alloy_primitives::B256;
use rpds::QueueSync;

use super::block::Block;
use super::map::Map;

/// Number of orphans that are kept: as many as go-ethereum keeps states.
const KEPT: usize = 128;

/// The latest blocks that were removed from the chain. They can still be requested by hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orphans {
    blocks: Map<B256, Arc<Block>>,
    order: QueueSync<B256>,
}

impl Orphans {
    pub(crate) fn with(&self, hash: &B256) -> Option<&Arc<Block>> {
        self.blocks.get(hash)
    }

    pub(crate) fn push(&mut self, block: Arc<Block>) {
        let hash = block.hash();
        self.blocks.insert_mut(hash, block);
        self.order.enqueue_mut(hash);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.peek().copied()
        {
            self.order.dequeue_mut();
            self.blocks.remove_mut(&oldest);
        }
    }
}
