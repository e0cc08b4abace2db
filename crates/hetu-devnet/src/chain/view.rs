//! An immutable view of the chain and the waiting transactions.

use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;

use super::block::Block;
use super::map::Map;
use super::orphans::Orphans;
use super::pool::TransactionPool;
use super::state::WorldState;
use super::state_reader::StateReader;

/// Number of previous blocks with hashes that the EVM can read.
pub(crate) const HASHES_IN_REACH: u64 = 256;

/// The position of a transaction: its block and its index in the block.
#[derive(Clone, Debug)]
pub(crate) struct TransactionPosition {
    pub(crate) block: Arc<Block>,
    pub(crate) index: usize,
}

/// The chain at one moment. A clone is cheap and never changes.
#[derive(Clone, Debug)]
pub(crate) struct ChainView {
    head: Arc<Block>,
    /// Block 0, which is kept regardless of the history, because clients identify the chain by it.
    /// `None` if the folder of the chain does not have it.
    genesis: Option<Arc<Block>>,
    /// Number of the first block that is kept.
    oldest: u64,
    blocks: Map<u64, Arc<Block>>,
    hashes: Map<u64, B256>,
    numbers: Map<B256, u64>,
    positions: Map<B256, (u64, usize)>,
    pub(crate) orphans: Orphans,
    pub(crate) pool: TransactionPool,
}

impl ChainView {
    /// Returns a chain that begins with `first`.
    pub(crate) fn new(first: Block, pool: TransactionPool) -> Self {
        let first = Arc::new(first);
        let mut view = Self {
            head: Arc::clone(&first),
            genesis: (first.number() == 0).then(|| Arc::clone(&first)),
            oldest: first.number(),
            blocks: Map::default(),
            hashes: Map::default(),
            numbers: Map::default(),
            positions: Map::default(),
            orphans: Orphans::default(),
            pool,
        };
        view.push(first);
        view
    }

    pub(crate) fn push(&mut self, block: Arc<Block>) {
        let number = block.number();
        self.numbers.insert_mut(block.hash(), number);
        self.hashes.insert_mut(number, block.hash());
        for (index, transaction) in block.transactions.iter().enumerate() {
            self.positions.insert_mut(*transaction.tx_hash(), (number, index));
        }
        self.blocks.insert_mut(number, Arc::clone(&block));
        self.head = block;
    }

    /// Adds the next block. Its transactions no longer wait.
    pub(crate) fn extend(&mut self, block: Block) {
        for transaction in &block.transactions {
            self.pool.remove(&transaction.signer(), transaction.nonce());
        }
        self.push(Arc::new(block));
    }

    /// Removes the blocks before `oldest`, but never the latest.
    pub(crate) fn prune(&mut self, oldest: u64) {
        let oldest = oldest.min(self.head.number());
        for number in self.oldest..oldest {
            if let Some(block) = self.blocks.get(&number).cloned() {
                self.forget(&block);
            }
            if let Some(out_of_reach) = number.checked_sub(HASHES_IN_REACH) {
                self.hashes.remove_mut(&out_of_reach);
            }
        }
        self.oldest = self.oldest.max(oldest);
    }

    /// Returns block 0.
    pub(crate) fn genesis(&self) -> Option<&Arc<Block>> {
        self.genesis.as_ref()
    }

    /// Adds block 0, if it is no longer among the kept blocks.
    pub(crate) fn remember_genesis(&mut self, genesis: Option<Block>) {
        self.genesis = self.genesis.take().or_else(|| genesis.map(Arc::new));
    }

    /// Adds hashes of blocks that are no longer kept, by number.
    pub(crate) fn remember(&mut self, hashes: impl IntoIterator<Item = (u64, B256)>) {
        for (number, hash) in hashes {
            self.hashes.insert_mut(number, hash);
        }
    }

    /// Returns the hash of the block with this number, even if the block is no longer kept.
    pub(crate) fn hash_at(&self, number: u64) -> Option<B256> {
        self.hashes.get(&number).copied()
    }

    fn forget(&mut self, block: &Block) {
        self.blocks.remove_mut(&block.number());
        self.numbers.remove_mut(&block.hash());
        for transaction in &block.transactions {
            self.positions.remove_mut(transaction.tx_hash());
        }
    }

    /// Returns the first block that is kept.
    pub(crate) fn oldest(&self) -> &Arc<Block> {
        self.blocks.get(&self.oldest).unwrap_or(&self.head)
    }

    /// Removes and returns the latest block, or returns `None` if it is the oldest that is kept.
    pub(crate) fn pop(&mut self) -> Option<Arc<Block>> {
        let before = Arc::clone(self.block_at(self.head.number().checked_sub(1)?)?);
        let block = std::mem::replace(&mut self.head, before);
        self.forget(&block);
        self.hashes.remove_mut(&block.number());
        Some(block)
    }

    /// Returns the chain at the time when the block with this number was the latest.
    pub(crate) fn back_to(&self, number: u64) -> Self {
        let mut view = self.clone();
        while view.head.number() > number && view.pop().is_some() {}
        view
    }

    /// Replaces the state after the latest block.
    pub(crate) fn amend_head(&mut self, state: WorldState) {
        let block = Arc::new(Block { state, ..Block::clone(&self.head) });
        self.blocks.insert_mut(block.number(), Arc::clone(&block));
        self.head = block;
    }

    pub(crate) fn head(&self) -> &Arc<Block> {
        &self.head
    }

    pub(crate) fn block_at(&self, number: u64) -> Option<&Arc<Block>> {
        self.blocks.get(&number)
    }

    /// Returns the block with this hash, even if a recent reorganisation removed it from the chain.
    pub(crate) fn block_with(&self, hash: &B256) -> Option<&Arc<Block>> {
        self.canonical_with(hash).or_else(|| self.orphans.with(hash))
    }

    fn canonical_with(&self, hash: &B256) -> Option<&Arc<Block>> {
        self.block_at(*self.numbers.get(hash)?)
    }

    /// Returns the mined block that `tag` names. The pending block is not a mined one.
    ///
    /// A block is final as soon as it is mined, as on the networks that Hetu runs on.
    pub(crate) fn block_tagged(&self, tag: BlockNumberOrTag) -> Option<&Arc<Block>> {
        match tag {
            BlockNumberOrTag::Latest | BlockNumberOrTag::Safe | BlockNumberOrTag::Finalized => {
                Some(&self.head)
            }
            BlockNumberOrTag::Earliest => Some(self.oldest()),
            BlockNumberOrTag::Number(number) => self.block_at(number),
            BlockNumberOrTag::Pending => None,
        }
    }

    pub(crate) fn block(&self, id: BlockId) -> Option<&Arc<Block>> {
        match id {
            BlockId::Hash(id) if id.require_canonical == Some(true) => {
                self.canonical_with(&id.block_hash)
            }
            BlockId::Hash(id) => self.block_with(&id.block_hash),
            BlockId::Number(tag) => self.block_tagged(tag),
        }
    }

    /// Returns `true` if a block of this number existed and is no longer kept.
    pub(crate) fn is_pruned(&self, id: BlockId) -> bool {
        matches!(id, BlockId::Number(BlockNumberOrTag::Number(number)) if number < self.oldest)
    }

    pub(crate) fn position(&self, transaction: &B256) -> Option<TransactionPosition> {
        let (number, index) = self.positions.get(transaction)?;
        let block = Arc::clone(self.block_at(*number)?);
        Some(TransactionPosition { block, index: *index })
    }

    /// Returns `true` if a waiting transaction could be in the next block.
    pub(crate) fn has_due_transaction(&self) -> bool {
        let base_fee = u128::from(self.head.next_base_fee());
        self.pool.senders().any(|sender| {
            let due = self.pool.at(sender, self.head.state.nonce(sender));
            due.is_some_and(|waiting| waiting.transaction.max_fee_per_gas() >= base_fee)
        })
    }

    /// Returns the reader for code that runs on top of `block`.
    pub(crate) fn reader(&self, block: &Block) -> StateReader {
        let mut block_hashes = self.hashes.clone();
        // The ancestors of an orphan can be orphans too.
        let (mut number, mut parent) = (block.number(), block.header.parent_hash);
        while let Some(index) = number.checked_sub(1)
            && block_hashes.get(&index).is_some_and(|hash| *hash != parent)
        {
            block_hashes.insert_mut(index, parent);
            let Some(orphan) = self.orphans.with(&parent) else { break };
            (number, parent) = (index, orphan.header.parent_hash);
        }
        StateReader { state: block.state.successor(), block_hashes }
    }

    /// Returns the number of the last block that both share in memory, if any.
    pub(crate) fn last_shared(&self, other: &Self) -> Option<u64> {
        let newest = self.head.number().min(other.head.number());
        let is_shared = |number: &u64| match (self.block_at(*number), other.block_at(*number)) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            _ => false,
        };
        (self.oldest.max(other.oldest)..=newest).rev().find(is_shared)
    }

    /// Returns the blocks added to and removed from `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> ViewDifference {
        let mut common = self.head.number().min(earlier.head.number());
        // Blocks that one of the two has dropped count as common: they are older than any
        // difference.
        while let (Some(now), Some(before)) = (self.block_at(common), earlier.block_at(common))
            && now.hash() != before.hash()
            && common > 0
        {
            common -= 1;
        }
        let blocks = |view: &Self| {
            (common + 1..=view.head.number())
                .filter_map(|number| view.block_at(number).cloned())
                .collect::<Vec<_>>()
        };
        let mut removed = blocks(earlier);
        removed.reverse();
        ViewDifference { removed, added: blocks(self) }
    }
}

/// The difference between two views.
#[derive(Debug)]
pub(crate) struct ViewDifference {
    /// Removed blocks, newest first.
    pub(crate) removed: Vec<Arc<Block>>,
    /// Added blocks, oldest first.
    pub(crate) added: Vec<Arc<Block>>,
}
