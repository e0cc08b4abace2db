//! The end of a subnet's epoch.

use serde::{Deserialize, Serialize};

use crate::NetUid;

/// The position of a block in its subnet's epoch.
///
/// A subnet's epoch ends at the blocks where `(block + netuid + 1) mod (tempo + 1)` is zero, so
/// that the epochs of different subnets end at different blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochClock {
    /// The first block after the given one that ends an epoch.
    pub next_end: u64,
    /// The number of blocks until then; at least 1.
    pub blocks_left: u64,
    /// `true` if the given block ends an epoch.
    pub ends_now: bool,
}

impl EpochClock {
    /// Returns the position of `block` in an epoch of `tempo + 1` blocks.
    pub fn at(block: u64, netuid: NetUid, tempo: u16) -> Self {
        let length = u64::from(tempo) + 1;
        // The remainder comes first, because a node may report any block number.
        let position = (block % length + u64::from(netuid.get()) + 1) % length;
        let blocks_left = length - position;
        Self { next_end: block.saturating_add(blocks_left), blocks_left, ends_now: position == 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_end_where_the_documented_formula_is_zero() {
        let netuid = NetUid::new(3);
        for block in 0..500 {
            let clock = EpochClock::at(block, netuid, 99);
            assert_eq!(clock.ends_now, (block + 4) % 100 == 0);
            assert_eq!((clock.next_end + 4) % 100, 0);
            assert_eq!(clock.next_end - block, clock.blocks_left);
            assert!((1..=100).contains(&clock.blocks_left));
        }
    }
}
