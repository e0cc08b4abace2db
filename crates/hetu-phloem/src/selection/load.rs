//! The requests to one miner that are in flight.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::timeline::{AtomicMoment, Moment};

/// The minimum time between two trials of a miner that was set aside for slowness.
const TRIAL_INTERVAL: Duration = Duration::from_secs(10);

/// The number of requests in flight, and the moment of the last one. Each [`begin`](Self::begin) is
/// followed by exactly one [`end`](Self::end), by the guard of the attempt.
#[derive(Debug, Default)]
pub(super) struct MinerLoad {
    in_flight: AtomicU32,
    last_asked: AtomicMoment,
}

impl MinerLoad {
    pub(super) fn begin(&self, now: Moment) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.last_asked.set(now);
    }

    pub(super) fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Takes the next trial, if it is due and `budget` has one. Returns `true` for one caller.
    pub(super) fn begin_trial(&self, budget: &TrialBudget, now: Moment) -> bool {
        let last = self.last_asked.get();
        let is_due = last.is_none_or(|last| now.saturating_sub(last) >= TRIAL_INTERVAL);
        is_due && budget.spend() && self.last_asked.replace(last, now)
    }
}

/// One pick in this number may begin a trial.
const PICKS_PER_TRIAL: u32 = 100;
const MOST_TRIALS_SAVED: u32 = 4;

/// The saved trials of slow miners, in hundredths. Every pick saves one.
#[derive(Debug, Default)]
pub(super) struct TrialBudget(AtomicU32);

impl TrialBudget {
    /// Counts a pick.
    pub(super) fn save(&self) {
        if self.0.load(Ordering::Relaxed) < PICKS_PER_TRIAL * MOST_TRIALS_SAVED {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn spend(&self) -> bool {
        let spend = |saved: u32| saved.checked_sub(PICKS_PER_TRIAL);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(100 + seconds)
    }

    #[test]
    fn trial_is_begun_once_in_ten_seconds_and_once_in_a_hundred_picks() {
        let (load, budget) = (MinerLoad::default(), TrialBudget::default());
        assert!(!load.begin_trial(&budget, at(0)), "no pick has saved for it");
        (0..1_000).for_each(|_| budget.save());
        assert!(load.begin_trial(&budget, at(0)));
        assert!(!load.begin_trial(&budget, at(9)));
        assert!(load.begin_trial(&budget, at(10)));
        load.begin(at(15));
        assert!(!load.begin_trial(&budget, at(20)), "a request is a trial too");
        assert!(load.begin_trial(&budget, at(30)) && load.begin_trial(&budget, at(40)));
        assert!(!load.begin_trial(&budget, at(50)), "no more than four are saved");
    }
}
