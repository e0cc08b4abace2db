//! The time in which a new or recovered miner gets less than its share.

use std::time::Duration;

use super::timeline::{AtomicMoment, Moment};

const RAMP: Duration = Duration::from_secs(10);
const LEAST_SHARE: f64 = 0.1;

/// The moment since which a miner ramps up, or never if it was there from the start.
#[derive(Debug)]
pub(super) struct Ramp(AtomicMoment);

impl Ramp {
    pub(super) fn new(since: Option<Moment>) -> Self {
        Self(AtomicMoment::new(since))
    }

    pub(super) fn restart(&self, now: Moment) {
        self.0.set(now);
    }

    /// Returns the share of its draws that count: rising from 0.1 to 1 in the first 10 s.
    pub(super) fn share(&self, now: Moment) -> f64 {
        self.0.get().map_or(1.0, |since| {
            let passed = now.saturating_sub(since).as_secs_f64();
            (passed / RAMP.as_secs_f64()).clamp(LEAST_SHARE, 1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn miner_that_joins_others_ramps_up() {
        let at = |seconds: u64| Duration::from_secs(100 + seconds);
        assert!((Ramp::new(None).share(at(0)) - 1.0).abs() < 1e-9);
        let ramp = Ramp::new(Some(at(0)));
        assert!((ramp.share(at(0)) - 0.1).abs() < 1e-9);
        assert!((ramp.share(at(5)) - 0.5).abs() < 1e-9);
        assert!((ramp.share(at(60)) - 1.0).abs() < 1e-9);
    }
}
