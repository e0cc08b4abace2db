//! Reputation: a number from 0 to 1 that outcomes change and that decays with time.
//!
//! A peer without a recorded outcome has 1/2. A verified reply moves the value by a twentieth of
//! the distance to 1, and a failure by a tenth of the distance to 0. A refused reply, which was not
//! what the registered key signed for this request, moves it by half of the distance to 0. Between
//! two outcomes, the distance from 1/2 halves every six hours.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::outcome::PeerOutcome;
use super::packed::{pack, passed, unpack};

const UNKNOWN: f32 = 0.5;
const HALF_LIFE: Duration = Duration::from_secs(6 * 3_600);

#[derive(Debug, Default)]
pub(super) struct Reputation(AtomicU64);

impl Reputation {
    pub(super) const fn restored(word: u64) -> Self {
        Self(AtomicU64::new(word))
    }

    pub(super) fn word(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn observe(&self, outcome: PeerOutcome, now: Duration) {
        let (goal, weight) = goal_and_weight(outcome);
        // It does not fail, because the closure always returns a value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            let value = value(word, now);
            Some(pack((goal - value).mul_add(weight, value), now))
        });
    }

    pub(super) fn value(&self, now: Duration) -> f32 {
        value(self.word(), now)
    }
}

/// Returns the value toward which an outcome moves a reputation, and the fraction of the distance.
const fn goal_and_weight(outcome: PeerOutcome) -> (f32, f32) {
    match outcome {
        PeerOutcome::Verified { .. } => (1.0, 0.05),
        PeerOutcome::Failed => (0.0, 0.1),
        PeerOutcome::Refused => (0.0, 0.5),
    }
}

fn value(word: u64, now: Duration) -> f32 {
    if word == 0 {
        return UNKNOWN;
    }
    let (last, then) = unpack(word);
    // The saved value comes from a file and can be any number.
    let last = if last.is_finite() { last.clamp(0.0, 1.0) } else { UNKNOWN };
    let kept = (-passed(then, now).as_secs_f32() / HALF_LIFE.as_secs_f32()).exp2();
    (last - UNKNOWN).mul_add(kept, UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIED: PeerOutcome = PeerOutcome::Verified { latency: Duration::ZERO };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_700_000_000 + seconds)
    }

    fn after(reputation: &Reputation, outcome: PeerOutcome, from: u64, seconds: u64) -> f32 {
        for second in from..from + seconds {
            (0..20).for_each(|_| reputation.observe(outcome, at(second)));
        }
        reputation.value(at(from + seconds))
    }

    #[test]
    fn failures_are_felt_within_seconds_and_made_up_for_within_minutes() {
        let reputation = Reputation::default();
        assert!((reputation.value(at(0)) - 0.5).abs() < f32::EPSILON);
        let healthy = after(&reputation, VERIFIED, 0, 120);
        assert!(healthy > 0.99, "{healthy}");
        let shaken = after(&reputation, PeerOutcome::Failed, 120, 2);
        assert!(shaken < 0.8 * healthy, "{shaken}");
        let broken = after(&reputation, PeerOutcome::Failed, 122, 8);
        assert!(broken < 0.1 * healthy, "{broken}");
        let healed = after(&reputation, VERIFIED, 130, 120);
        assert!(healed > 0.5 * healthy, "{healed}");
    }

    #[test]
    fn a_refused_reply_counts_as_much_as_many_failures() {
        let reputation = Reputation::default();
        after(&reputation, VERIFIED, 0, 120);
        reputation.observe(PeerOutcome::Refused, at(120));
        let once = reputation.value(at(120));
        assert!((0.4..0.55).contains(&once), "{once}");
        reputation.observe(PeerOutcome::Refused, at(120));
        assert!(reputation.value(at(120)) < 0.3);
    }

    #[test]
    fn time_forgets_good_and_bad() {
        for outcome in [VERIFIED, PeerOutcome::Refused] {
            let reputation = Reputation::default();
            let then = after(&reputation, outcome, 0, 60);
            let later = reputation.value(at(60 + 6 * 3_600));
            assert!(
                ((later - 0.5) / (then - 0.5) - 0.5).abs() < 0.01,
                "{outcome:?} {then} {later}"
            );
        }
    }
}
