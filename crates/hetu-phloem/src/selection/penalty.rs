//! The penalty of a failure, and the hold of a `Retry-After`.

use std::time::Duration;

use super::timeline::{AtomicMoment, Moment};

/// A failure counts as an answer that takes this long.
pub(super) const PENALTY: Duration = Duration::from_secs(5);
/// The maximum time for which a `Retry-After` of a miner is respected.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The penalty of one miner, which its cost contains, and the hold that the miner asked for. A
/// penalty never ends before the hold that came with it.
#[derive(Debug, Default)]
pub(super) struct Penalty {
    until: AtomicMoment,
    held_until: AtomicMoment,
}

impl Penalty {
    /// Imposes the penalty of a failure that came with `retry_after`.
    pub(super) fn impose(&self, retry_after: Option<Duration>, now: Moment) {
        let hold = retry_after.map(|wait| wait.min(LONGEST_RETRY_AFTER));
        // A failure with a short `Retry-After` still has the full penalty.
        let penalty = hold.map_or(PENALTY, |wait| wait.max(PENALTY));
        self.until.advance(now.saturating_add(penalty));
        if let Some(wait) = hold {
            self.held_until.advance(now.saturating_add(wait));
        }
    }

    /// Ends the penalty. The hold stays: the miner asked for it.
    pub(super) fn lift(&self) {
        self.until.clear();
    }

    /// Returns the remaining time of the penalty, or zero.
    pub(super) fn left(&self, now: Moment) -> Duration {
        self.until.get().map_or(Duration::ZERO, |until| until.saturating_sub(now))
    }

    /// Returns the end of the hold, or `None` if there is none at `now`.
    pub(super) fn held_until(&self, now: Moment) -> Option<Moment> {
        self.held_until.after(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(100 + seconds)
    }

    #[test]
    fn penalty_lasts_five_seconds_or_as_long_as_the_miner_asks() {
        let penalty = Penalty::default();
        penalty.impose(Some(Duration::ZERO), at(0));
        assert_eq!(penalty.held_until(at(0)), None);
        assert_eq!(penalty.left(at(0)), PENALTY);
        penalty.impose(Some(Duration::from_secs(30)), at(0));
        assert_eq!(penalty.left(at(0)), Duration::from_secs(30));
        penalty.lift();
        assert_eq!(penalty.left(at(0)), Duration::ZERO);
        assert_eq!(penalty.held_until(at(29)), Some(at(30)));
        assert_eq!(penalty.held_until(at(30)), None);
    }
}
