//! What readers see: the whole chain and the waiting transactions at one moment.

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

/// How far back the EVM asks for the hashes of blocks.
pub(crate) const HASHES_IN_REACH: u64 = 256;

/// Where a transaction stands: its block and its position in it.
#[derive(Clone, Debug)]
pub(crate) struct TransactionPosition {
    pub(crate) block: Arc<Block>,
    pub(crate) index: usize,
}

/// The chain at one moment. A clone is cheap and never changes under its holder.
#[derive(Clone, Debug)]
pub(crate) struct ChainView {
    head: Arc<Block>,
    /// Block 0, which is kept however short the history is: clients know the chain by it. `None`
    /// if it was not in the folder that the chain comes from.
    genesis: Option<Arc<Block>>,
    /// The number of the first block that is kept.
    oldest: u64,
    blocks: Map<u64, Arc<Block>>,
    hashes: Map<u64, B256>,
    numbers: Map<B256, u64>,
    positions: Map<B256, (u64, usize)>,
    pub(crate) orphans: Orphans,
    pub(crate) pool: TransactionPool,
}

impl ChainView {
    /// A chain that begins with `first`.
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

    /// Adds the block that follows, so that what is in it no longer waits.
    pub(crate) fn extend(&mut self, block: Block) {
        for transaction in &block.transactions {
            self.pool.remove(&transaction.signer(), transaction.nonce());
        }
        self.push(Arc::new(block));
    }

    /// Forgets the blocks before `oldest`, but never the latest.
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

    /// Block 0.
    pub(crate) fn genesis(&self) -> Option<&Arc<Block>> {
        self.genesis.as_ref()
    }

    /// Takes in block 0, if that is no longer among those that are kept.
    pub(crate) fn remember_genesis(&mut self, genesis: Option<Block>) {
        self.genesis = self.genesis.take().or_else(|| genesis.map(Arc::new));
    }

    /// Takes in hashes of blocks that are no longer kept, by number.
    pub(crate) fn remember(&mut self, hashes: impl IntoIterator<Item = (u64, B256)>) {
        for (number, hash) in hashes {
            self.hashes.insert_mut(number, hash);
        }
    }

    /// The hash of the block with this number, also of one that is no longer kept.
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

    /// The first block that is kept.
    pub(crate) fn oldest(&self) -> &Arc<Block> {
        self.blocks.get(&self.oldest).unwrap_or(&self.head)
    }

    /// Takes the latest block off the chain. Nothing if it is the oldest that is kept.
    pub(crate) fn pop(&mut self) -> Option<Arc<Block>> {
        let before = Arc::clone(self.block_at(self.head.number().checked_sub(1)?)?);
        let block = std::mem::replace(&mut self.head, before);
        self.forget(&block);
        self.hashes.remove_mut(&block.number());
        Some(block)
    }

    /// The chain as it was when the block with this number was its latest.
    pub(crate) fn back_to(&self, number: u64) -> Self {
        let mut view = self.clone();
        while view.head.number() > number && view.pop().is_some() {}
        view
    }

    /// Puts another state in place of that after the latest block.
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

    /// The block with this hash, also if a reorganisation took it off the chain of late.
    pub(crate) fn block_with(&self, hash: &B256) -> Option<&Arc<Block>> {
        self.canonical_with(hash).or_else(|| self.orphans.with(hash))
    }

    fn canonical_with(&self, hash: &B256) -> Option<&Arc<Block>> {
        self.block_at(*self.numbers.get(hash)?)
    }

    /// The mined block that `tag` names. The pending block is not among the mined ones.
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

    /// Whether a block of this number was there and is no longer kept.
    pub(crate) fn is_pruned(&self, id: BlockId) -> bool {
        matches!(id, BlockId::Number(BlockNumberOrTag::Number(number)) if number < self.oldest)
    }

    pub(crate) fn position(&self, transaction: &B256) -> Option<TransactionPosition> {
        let (number, index) = self.positions.get(transaction)?;
        let block = Arc::clone(self.block_at(*number)?);
        Some(TransactionPosition { block, index: *index })
    }

    /// Whether a waiting transaction could be in the next block.
    pub(crate) fn has_due_transaction(&self) -> bool {
        let base_fee = u128::from(self.head.next_base_fee());
        self.pool.senders().any(|sender| {
            let due = self.pool.at(sender, self.head.state.nonce(sender));
            due.is_some_and(|waiting| waiting.transaction.max_fee_per_gas() >= base_fee)
        })
    }

    /// What code reads that runs on top of `block`.
    pub(crate) fn reader(&self, block: &Block) -> StateReader {
        let mut block_hashes = self.hashes.clone();
        // The ancestors of an orphan may be orphans too.
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

    /// The number of the last block that both hold, if they share one in memory.
    pub(crate) fn last_shared(&self, other: &Self) -> Option<u64> {
        let newest = self.head.number().min(other.head.number());
        let is_shared = |number: &u64| match (self.block_at(*number), other.block_at(*number)) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            _ => false,
        };
        (self.oldest.max(other.oldest)..=newest).rev().find(is_shared)
    }

    /// The blocks that `self` has and `earlier` has not, and those that went the other way.
    pub(crate) fn since(&self, earlier: &Self) -> ViewDifference {
        let mut common = self.head.number().min(earlier.head.number());
        // What one of the two has forgotten is taken for common: it is older than what can differ.
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

/// How one view differs from an earlier one.
#[derive(Debug)]
pub(crate) struct ViewDifference {
    /// The blocks that are gone, newest first.
    pub(crate) removed: Vec<Arc<Block>>,
    /// The blocks that are new, oldest first.
    pub(crate) added: Vec<Arc<Block>>,
}
