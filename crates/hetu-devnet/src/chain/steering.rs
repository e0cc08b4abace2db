//! Changes of the chain's time, and snapshots.

use super::Chain;
use super::time::TimeError;
use super::unsaved::UnsavedChange;

impl Chain {
    /// Moves the time of the following blocks forward, in seconds. Returns the total offset of the
    /// chain from the clock, in seconds.
    pub(crate) fn increase_time(&self, seconds: u64) -> Result<i64, TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let ahead = writer.time.increase(seconds, clock)?;
        self.publish(&mut writer)?;
        Ok(ahead)
    }

    /// Sets the time of the next block, in seconds since 1970.
    pub(crate) fn set_next_timestamp(&self, timestamp: u64) -> Result<(), TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let parent = writer.view.head().header.timestamp;
        writer.time.set_next(timestamp, clock, parent)?;
        Ok(self.publish(&mut writer)?)
    }

    /// Sets the base time of the following blocks, in seconds since 1970. Returns the increase in
    /// seconds.
    pub(crate) fn set_time(&self, timestamp: u64) -> Result<u64, TimeError> {
        let clock = self.clock.unix_time();
        let mut writer = self.writer();
        let parent = writer.view.head().header.timestamp;
        let later = writer.time.set(timestamp, clock, parent)?;
        self.publish(&mut writer)?;
        Ok(later)
    }

    /// Takes a snapshot of the chain and returns its number, or `None` if there are too many.
    pub(crate) fn snapshot(&self) -> Option<u64> {
        let mut writer = self.writer();
        if writer.snapshots.len() >= self.max_snapshots {
            return None;
        }
        let id = writer.next_snapshot;
        writer.next_snapshot += 1;
        let saved = (writer.view.clone(), writer.time);
        writer.snapshots.insert(id, saved);
        Some(id)
    }

    /// Reverts to a snapshot and removes it and all later ones. Returns `false` if it is unknown.
    pub(crate) fn revert(&self, snapshot: u64) -> Result<bool, UnsavedChange> {
        let mut writer = self.writer();
        let Some((view, time)) = writer.snapshots.get(&snapshot).cloned() else {
            return Ok(false);
        };
        writer.view = view;
        writer.time = time;
        self.publish(&mut writer)?;
        writer.snapshots.split_off(&snapshot);
        Ok(true)
    }
}
