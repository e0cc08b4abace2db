//! When a subnet's epoch ends.

use serde::{Deserialize, Serialize};

use crate::NetUid;

/// Where a block stands in its subnet's epoch.
///
/// A subnet's epoch ends at the blocks where `(block + netuid + 1) mod (tempo + 1)` is zero, so
/// that the epochs of different subnets end at different blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochClock {
    /// The next block that ends an epoch, after the given one.
    pub next_end: u64,
    /// How many blocks are left until then; at least 1.
    pub blocks_left: u64,
    /// Whether the given block ended one itself.
    pub ends_now: bool,
}

impl EpochClock {
    /// Where `block` stands in an epoch of `tempo + 1` blocks.
    pub fn at(block: u64, netuid: NetUid, tempo: u16) -> Self {
        let length = u64::from(tempo) + 1;
        // The remainder first: a node may say any number of a block.
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
