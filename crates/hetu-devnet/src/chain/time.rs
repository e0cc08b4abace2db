//! The time of the next block.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::unsaved::UnsavedChange;

/// Maximum block time, in seconds: the year 9999.
const MAX_TIMESTAMP: u64 = 253_402_300_799;

/// The offset of the chain's time from the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChainTime {
    /// Seconds that the chain is ahead of the clock. May be negative.
    offset: i64,
    next: Option<u64>,
}

impl ChainTime {
    /// Returns the time of a block after one at `parent`, both in seconds since 1970.
    ///
    /// The time is never earlier than `parent`, but can be equal to it: a chain that mines many
    /// blocks a second must not run ahead of the clock, because then entries that expire by it
    /// would expire too early.
    pub(crate) fn next_block(self, clock: Duration, parent: u64) -> u64 {
        let now = clock.as_secs().saturating_add_signed(self.offset);
        self.next.unwrap_or(now).max(parent)
    }

    /// Clears the time that was set for one block, after a block was mined.
    pub(crate) fn block_mined(&mut self) {
        self.next = None;
    }

    /// Moves the chain's time forward. Returns by how many seconds it is ahead of the clock.
    pub(crate) fn increase(&mut self, seconds: u64, clock: Duration) -> Result<i64, TimeError> {
        let offset = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| self.offset.checked_add(seconds))
            .filter(|offset| clock.as_secs().saturating_add_signed(*offset) <= MAX_TIMESTAMP)
            .ok_or(TimeError::TooLate)?;
        self.offset = offset;
        Ok(offset)
    }

    /// Sets the base time of blocks. Returns the increase in seconds.
    pub(crate) fn set(
        &mut self,
        timestamp: u64,
        clock: Duration,
        parent: u64,
    ) -> Result<u64, TimeError> {
        let before = self.next_block(clock, parent);
        self.set_next(timestamp, clock, parent)?;
        self.next = None;
        Ok(timestamp.saturating_sub(before))
    }

    /// Sets the time of the next block. The times of later blocks continue from it.
    pub(crate) fn set_next(
        &mut self,
        timestamp: u64,
        clock: Duration,
        parent: u64,
    ) -> Result<(), TimeError> {
        if timestamp < parent {
            return Err(TimeError::Earlier { timestamp, parent });
        }
        if timestamp > MAX_TIMESTAMP {
            return Err(TimeError::TooLate);
        }
        self.next = Some(timestamp);
        self.offset = timestamp.cast_signed().saturating_sub_unsigned(clock.as_secs());
        Ok(())
    }
}

/// Error of a change of the time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimeError {
    #[error("timestamp {timestamp} is earlier than the latest block's {parent}")]
    Earlier { timestamp: u64, parent: u64 },
    #[error("the timestamp would lie after the year 9999: use a smaller step")]
    TooLate,
    #[error(transparent)]
    Unsaved(#[from] UnsavedChange),
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_700_000_000);

    #[test]
    fn blocks_follow_the_clock_but_never_go_back() {
        let time = ChainTime::default();
        assert_eq!(time.next_block(NOW, 1_600_000_000), 1_700_000_000);
        assert_eq!(time.next_block(NOW, 1_700_000_000), 1_700_000_000);
        assert_eq!(time.next_block(NOW, 1_800_000_000), 1_800_000_000);
    }

    #[test]
    fn an_increase_adds_up() {
        let mut time = ChainTime::default();
        assert_eq!(time.increase(60, NOW), Ok(60));
        assert_eq!(time.increase(40, NOW), Ok(100));
        assert_eq!(time.next_block(NOW, 0), 1_700_000_100);
        assert_eq!(time.increase(u64::MAX, NOW), Err(TimeError::TooLate));
    }

    #[test]
    fn a_set_time_holds_for_one_block_and_moves_the_rest() {
        let mut time = ChainTime::default();
        time.set_next(1_800_000_000, NOW, 1_700_000_000).unwrap();
        assert_eq!(time.next_block(NOW, 1_700_000_000), 1_800_000_000);
        time.block_mined();
        let later = NOW + Duration::from_secs(5);
        assert_eq!(time.next_block(later, 1_800_000_000), 1_800_000_005);
        assert!(time.set_next(5, NOW, 1_800_000_000).is_err());
    }

    #[test]
    fn a_set_time_moves_all_blocks() {
        let mut time = ChainTime::default();
        assert_eq!(time.set(1_700_000_060, NOW, 0), Ok(60));
        let later = NOW + Duration::from_secs(5);
        assert_eq!(time.next_block(later, 0), 1_700_000_065);
        assert_eq!(time.set(1_700_000_000, NOW, 1_700_000_000), Ok(0));
        assert_eq!(time.next_block(NOW, 0), 1_700_000_000);
        assert!(time.set(5, NOW, 1_700_000_000).is_err());
    }
}
