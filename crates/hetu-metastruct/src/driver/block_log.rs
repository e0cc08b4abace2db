//! A log of the last followed blocks and their events.

use std::collections::VecDeque;

use hetu_chain::BlockId;
use hetu_chain::model::{Block, ChainEvent};

/// Number of blocks that a reorganisation may drop, equal to the memory of the chain's follower.
pub(super) const DEPTH: usize = 256;
/// Maximum number of events in all blocks together.
const MOST_EVENTS: usize = 1 << 16;

/// A sequence of blocks, each the parent of the next. The first one has no events.
#[derive(Debug)]
pub(super) struct BlockLog {
    entries: VecDeque<LoggedBlock>,
    events: usize,
}

#[derive(Debug)]
pub(super) struct LoggedBlock {
    pub(super) block: Block,
    pub(super) events: Vec<ChainEvent>,
}

impl BlockLog {
    pub(super) fn starting_with(block: Block) -> Self {
        Self { entries: VecDeque::from([LoggedBlock { block, events: Vec::new() }]), events: 0 }
    }

    pub(super) fn newest(&self) -> Option<Block> {
        self.entries.back().map(|entry| entry.block)
    }

    pub(super) fn newest_entry(&self) -> Option<&LoggedBlock> {
        self.entries.back()
    }

    /// Returns the lowest height in the log.
    pub(super) fn floor(&self) -> u64 {
        self.entries.front().map_or(u64::MAX, |entry| entry.block.id.number)
    }

    pub(super) fn push(&mut self, block: Block, events: Vec<ChainEvent>) {
        self.events += events.len();
        self.entries.push_back(LoggedBlock { block, events });
        while self.entries.len() > 1 && (self.entries.len() > DEPTH || self.events > MOST_EVENTS) {
            let dropped = self.entries.pop_front();
            self.events -= dropped.map_or(0, |entry| entry.events.len());
        }
    }

    /// Removes the blocks above `block` and returns their number, or `None` if `block` is not in
    /// the log.
    pub(super) fn go_back_to(&mut self, block: BlockId) -> Option<(Block, u64)> {
        let place = self.place(block)?;
        let dropped = self.entries.drain(place + 1..);
        let mut count = 0;
        for entry in dropped {
            count += 1;
            self.events -= entry.events.len();
        }
        Some((self.newest()?, count))
    }

    /// Returns the blocks after `block`, or `None` if it is not in the log.
    pub(super) fn after(&self, block: BlockId) -> Option<impl Iterator<Item = &LoggedBlock>> {
        self.place(block).map(|place| self.entries.iter().skip(place + 1))
    }

    fn place(&self, block: BlockId) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.block.id == block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u64, branch: u8) -> Block {
        let hash = |number: u64| [u8::try_from(number % 250).unwrap() ^ branch; 32].into();
        Block::new(BlockId { number, hash: hash(number) }, hash(number.wrapping_sub(1)), number)
    }

    #[test]
    fn it_remembers_so_many_blocks_and_no_more() {
        let mut log = BlockLog::starting_with(block(0, 0));
        (1..=1_000).for_each(|number| log.push(block(number, 0), Vec::new()));
        assert_eq!(log.newest().unwrap().id.number, 1_000);
        assert_eq!(log.floor(), 1_000 - DEPTH as u64 + 1);
        assert!(log.after(block(700, 0).id).is_none());
        let later: Vec<_> = log.after(block(998, 0).id).unwrap().collect();
        assert_eq!(later.len(), 2);
    }

    #[test]
    fn going_back_needs_the_very_block() {
        let mut log = BlockLog::starting_with(block(0, 0));
        (1..=9).for_each(|number| log.push(block(number, 0), Vec::new()));
        assert!(log.go_back_to(block(5, 128).id).is_none());
        assert_eq!(log.go_back_to(block(5, 0).id), Some((block(5, 0), 4)));
        assert_eq!(log.newest(), Some(block(5, 0)));
        assert_eq!(log.go_back_to(block(5, 0).id), Some((block(5, 0), 0)));
    }
}
