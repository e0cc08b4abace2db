//! The recently followed blocks, used to detect reorganisations.

use std::collections::VecDeque;

use crate::BlockId;

/// Blocks in ascending order. The newest is the last block with yielded events. The trail covers
/// `depth` blocks and one block before them, but may have gaps.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    blocks: VecDeque<BlockId>,
    depth: u64,
}

impl Trail {
    pub(super) const fn new(depth: u64) -> Self {
        Self { blocks: VecDeque::new(), depth }
    }

    pub(super) const fn depth(&self) -> u64 {
        self.depth
    }

    pub(super) fn newest(&self) -> Option<BlockId> {
        self.blocks.back().copied()
    }

    pub(super) fn oldest(&self) -> Option<BlockId> {
        self.blocks.front().copied()
    }

    /// Returns the height of the oldest block that a reorganisation may drop without leaving the
    /// trail.
    pub(super) fn floor(&self) -> u64 {
        self.newest().map_or(0, |newest| newest.number.saturating_sub(self.depth))
    }

    /// Returns the newest block at or below `height`.
    pub(super) fn at_or_below(&self, height: u64) -> Option<BlockId> {
        self.blocks.iter().rev().find(|block| block.number <= height).copied()
    }

    /// Returns the blocks at or below `height`, newest first.
    pub(super) fn down_from(&self, height: u64) -> Vec<BlockId> {
        self.blocks.iter().rev().filter(|block| block.number <= height).copied().collect()
    }

    pub(super) fn push(&mut self, block: BlockId) {
        self.blocks.push_back(block);
        let floor = self.floor();
        while self.blocks.get(1).is_some_and(|second| second.number <= floor) {
            self.blocks.pop_front();
        }
    }

    /// Goes back to `block`, which may be outside the trail, and returns the blocks above it,
    /// newest first.
    pub(super) fn go_back_to(&mut self, block: BlockId) -> Vec<BlockId> {
        let mut dropped = Vec::new();
        while self.newest().is_some_and(|newest| newest.number > block.number) {
            dropped.extend(self.blocks.pop_back());
        }
        if self.newest() != Some(block) {
            dropped.extend(self.blocks.pop_back_if(|newest| newest.number == block.number));
            self.blocks.push_back(block);
        }
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u64) -> BlockId {
        BlockId { number, hash: [u8::try_from(number % 256).unwrap(); 32].into() }
    }

    fn trail(numbers: impl IntoIterator<Item = u64>) -> Trail {
        let mut trail = Trail::new(4);
        numbers.into_iter().for_each(|number| trail.push(block(number)));
        trail
    }

    #[test]
    fn it_reaches_back_its_depth_and_to_one_block_before() {
        let trail = trail(0..=100);
        assert_eq!((trail.oldest(), trail.newest()), (Some(block(96)), Some(block(100))));
        let sparse = self::trail([0, 50, 99, 100]);
        assert_eq!(sparse.oldest(), Some(block(50)));
    }

    #[test]
    fn going_back_names_what_was_dropped_newest_first() {
        let mut trail = trail(10..=14);
        assert_eq!(trail.go_back_to(block(12)), [block(14), block(13)]);
        assert_eq!(trail.newest(), Some(block(12)));
        let other = BlockId { number: 11, hash: [255; 32].into() };
        assert_eq!(trail.go_back_to(other), [block(12), block(11)]);
        assert_eq!(trail.newest(), Some(other));
        assert_eq!(trail.at_or_below(10), Some(block(10)));
    }
}
