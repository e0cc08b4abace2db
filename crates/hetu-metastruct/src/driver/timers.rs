//! The work that comes due at intervals.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::hub::MetastructSettings;

/// Short enough for a miner to report within five seconds that it is no longer ready.
const CHAIN_CHECK_INTERVAL: Duration = Duration::from_secs(3);
/// Long, because a comparison costs a read of each subnet and almost never finds a difference.
const COMPARISON_INTERVAL: Duration = Duration::from_secs(600);

/// Work that is due.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    Head,
    ChainCheck,
    Comparison,
    Ranking,
    Snapshot,
}

#[derive(Debug)]
pub(super) struct Timers {
    heads: Interval,
    chain_checks: Interval,
    comparisons: Interval,
    rankings: Interval,
    snapshots: Interval,
}

impl Timers {
    pub(super) fn new(settings: &MetastructSettings) -> Self {
        Self {
            heads: every(settings.refresh_interval),
            chain_checks: every(CHAIN_CHECK_INTERVAL),
            comparisons: every(COMPARISON_INTERVAL),
            rankings: every(settings.ranking_interval),
            snapshots: every(settings.snapshot_interval),
        }
    }

    /// Waits for the next work that is due. Cancel safe.
    pub(super) async fn next(&mut self) -> Due {
        tokio::select! {
            _ = self.heads.tick() => Due::Head,
            _ = self.chain_checks.tick() => Due::ChainCheck,
            _ = self.comparisons.tick() => Due::Comparison,
            _ = self.rankings.tick() => Due::Ranking,
            _ = self.snapshots.tick() => Due::Snapshot,
        }
    }
}

fn every(interval: Duration) -> Interval {
    let interval = interval.max(Duration::from_millis(1));
    let mut ticks = interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
