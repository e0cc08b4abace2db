//! What is known of one miner at one place: made of atomics, so that pickers wait for nobody.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use hetu_metastruct::PeerHandle;

use super::breaker::{Breaker, Gate};
use super::latency::LatencyEstimate;
use super::timeline::{Moment, after, left};
use crate::OutcomeClass;

/// What a failure counts as: an answer that takes this long.
pub(crate) const PENALTY: Duration = Duration::from_secs(5);
/// The longest time for which a miner is left alone because it asks for it.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);
/// For how long a newcomer, or one that is back, gets less than its share.
pub(super) const RAMP: Duration = Duration::from_secs(10);
const LEAST_RAMP: f64 = 0.1;
/// Latencies that are older are forgotten: who was quick a day ago is a stranger today.
const REMEMBERED_FOR: Duration = Duration::from_secs(3_600);
/// For how long a success says that a miner is well, if nothing else came since.
const WELL_FOR: Duration = Duration::from_secs(60);
/// No miner counts less than this share of the best.
const LEAST_WEIGHT: f64 = 0.1;

/// Whether a miner is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Availability {
    Open,
    /// One request may try whether it is well again.
    Probation,
    /// Its breaker is shut.
    Shut {
        until: Moment,
    },
    /// It asked to be left alone.
    Held {
        until: Moment,
    },
    /// It does much worse than the others.
    Ejected {
        until: Moment,
    },
    /// The caller does not want it.
    Excluded,
}

#[derive(Debug)]
pub(super) struct EndpointStats {
    pub(super) breaker: Breaker,
    pub(super) latency: LatencyEstimate,
    pub(super) in_flight: AtomicU32,
    pub(super) last_asked: AtomicU64,
    /// 0 if the last outcome was another.
    last_success: AtomicU64,
    /// The cost holds what is left of it.
    penalty_until: AtomicU64,
    held_until: AtomicU64,
    ejected_until: AtomicU64,
    /// How many times it was ejected, less the intervals that it did well since.
    pub(super) ejections: AtomicU32,
    /// When it began to be asked, 0 if it was there from the start.
    ramps_since: AtomicU64,
    /// Its stake as a share of the largest; bits of an f64, as the weight.
    stake_share: AtomicU64,
    weight: AtomicU64,
    /// Of the present interval of ejection: successes and failures.
    pub(super) interval: [AtomicU32; 2],
    tallies: [AtomicU64; OutcomeClass::ALL.len()],
    /// Whether a probe found it, before anybody asked it.
    pub(super) is_probed: AtomicBool,
    pub(super) quality: Option<PeerHandle>,
}

impl EndpointStats {
    /// One that nobody asked yet. It ramps up if it joins others that are there.
    pub(super) fn new(quality: Option<PeerHandle>, ramps_since: Moment) -> Self {
        let remembered =
            quality.as_ref().and_then(|quality| quality.latency_within(REMEMBERED_FOR));
        Self {
            breaker: Breaker::default(),
            latency: LatencyEstimate::remembered(remembered),
            in_flight: AtomicU32::new(0),
            last_asked: AtomicU64::new(0),
            last_success: AtomicU64::new(0),
            penalty_until: AtomicU64::new(0),
            held_until: AtomicU64::new(0),
            ejected_until: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
            ramps_since: AtomicU64::new(ramps_since),
            stake_share: AtomicU64::new(0),
            weight: AtomicU64::new(1.0_f64.to_bits()),
            interval: Default::default(),
            tallies: Default::default(),
            is_probed: AtomicBool::new(false),
            quality,
        }
    }

    /// When most miners are unwell, comparing them says little: nobody counts as ejected.
    pub(super) fn availability(&self, is_panicking: bool, now: Moment) -> Availability {
        let held = self.held_until.load(Ordering::Relaxed);
        if now < held {
            return Availability::Held { until: held };
        }
        match self.breaker.gate(now) {
            Gate::Shut { until } => Availability::Shut { until },
            Gate::Probation => Availability::Probation,
            Gate::Open => match self.ejected_until.load(Ordering::Relaxed) {
                until if now < until && !is_panicking => Availability::Ejected { until },
                _ => Availability::Open,
            },
        }
    }

    pub(super) fn is_healthy(&self, now: Moment) -> bool {
        matches!(self.availability(false, now), Availability::Open)
    }

    /// Takes note of whether the last outcome was a success.
    pub(super) fn turn_out(&self, is_success: bool, now: Moment) {
        self.last_success.store(if is_success { now } else { 0 }, Ordering::Relaxed);
    }

    /// Whether its last outcome was a success, its breaker is open, and that was not long ago.
    pub(super) fn is_well(&self, now: Moment) -> bool {
        match self.last_success.load(Ordering::Relaxed) {
            0 => false,
            success => now < after(success, WELL_FOR) && self.breaker.is_open(),
        }
    }

    /// (latency + what is left of the penalty) × (requests in flight + 1) / weight, in seconds.
    /// A latency that is not known counts as `unknown_latency`.
    pub(super) fn cost(&self, unknown_latency: f64, now: Moment) -> f64 {
        let latency = self.latency_seconds(now).unwrap_or(unknown_latency);
        let load = f64::from(self.in_flight.load(Ordering::Relaxed)) + 1.0;
        (latency + self.penalty(now).as_secs_f64()) * load / self.weight()
    }

    /// In seconds; nothing before the first answer, nor when the last one is long past.
    pub(super) fn latency_seconds(&self, now: Moment) -> Option<f64> {
        self.latency.seconds_within(REMEMBERED_FOR, now)
    }

    pub(super) fn penalty(&self, now: Moment) -> Duration {
        left(self.penalty_until.load(Ordering::Relaxed), now)
    }

    pub(super) fn penalise(&self, retry_after: Option<Duration>, now: Moment) {
        let asked_for = retry_after.map(|wait| wait.min(LONGEST_RETRY_AFTER));
        // Who fails and says that it may be asked again at once failed all the same.
        let penalty = asked_for.map_or(PENALTY, |wait| wait.max(PENALTY));
        self.penalty_until.fetch_max(after(now, penalty), Ordering::Relaxed);
        if let Some(wait) = asked_for {
            self.held_until.fetch_max(after(now, wait), Ordering::Relaxed);
        }
    }

    pub(super) fn eject(&self, until: Moment) {
        self.ejected_until.store(until, Ordering::Relaxed);
        self.ejections.fetch_add(1, Ordering::Relaxed);
    }

    /// Begins anew with the first success after a time of being shut, which took `latency` if it
    /// was one of work.
    pub(super) fn come_back(&self, latency: Option<Duration>, now: Moment) {
        if let Some(latency) = latency {
            self.latency.restart(latency, now);
        }
        self.penalty_until.store(0, Ordering::Relaxed);
        self.ramps_since.store(now, Ordering::Relaxed);
    }

    /// The share of its draws that count: rising from 0.1 to 1 in the first 10 s.
    pub(super) fn ramp(&self, now: Moment) -> f64 {
        match self.ramps_since.load(Ordering::Relaxed) {
            0 => 1.0,
            since => {
                let passed = left(now, since).as_secs_f64();
                (passed / RAMP.as_secs_f64()).clamp(LEAST_RAMP, 1.0)
            }
        }
    }

    pub(super) fn weight(&self) -> f64 {
        f64::from_bits(self.weight.load(Ordering::Relaxed))
    }

    pub(super) fn stake_share(&self) -> f64 {
        f64::from_bits(self.stake_share.load(Ordering::Relaxed))
    }

    /// What is no number counts as nothing.
    pub(super) fn set_stake_share(&self, share: f64) {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.stake_share.store(share.to_bits(), Ordering::Relaxed);
        self.weigh();
    }

    pub(super) fn reputation(&self) -> f64 {
        self.quality.as_ref().map_or(0.5, |quality| f64::from(quality.reputation()))
    }

    /// 0.1 + 0.9 × (stake / largest stake + reputation) / 2.
    pub(super) fn weigh(&self) {
        let merit = f64::midpoint(self.stake_share(), self.reputation());
        let weight = (1.0 - LEAST_WEIGHT).mul_add(merit.clamp(0.0, 1.0), LEAST_WEIGHT);
        self.weight.store(weight.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn tally(&self, class: OutcomeClass) {
        self.tallies[class.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_of(&self, class: OutcomeClass) -> u64 {
        self.tallies[class.index()].load(Ordering::Relaxed)
    }

    /// How often it was asked to the end.
    pub(super) fn outcomes(&self) -> u64 {
        OutcomeClass::ALL.into_iter().map(|class| self.count_of(class)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::nanoseconds;
    use super::*;

    fn at(seconds: u64) -> Moment {
        nanoseconds(Duration::from_secs(100 + seconds))
    }

    #[test]
    fn a_failure_counts_as_an_answer_of_five_seconds_and_no_longer() {
        let standing = EndpointStats::new(None, 0);
        standing.latency.observe(Duration::from_millis(20), at(0));
        standing.weigh();
        let before = standing.cost(0.1, at(0));
        standing.penalise(None, at(0));
        assert!(standing.cost(0.1, at(0)) > 200.0 * before);
        assert!(standing.cost(0.1, at(4)) > 50.0 * before);
        assert!((standing.cost(0.1, at(5)) - before).abs() < 1e-9);
    }

    #[test]
    fn who_asks_to_be_left_alone_is_for_five_minutes_at_most() {
        let standing = EndpointStats::new(None, 0);
        standing.penalise(Some(Duration::from_secs(30)), at(0));
        assert_eq!(standing.availability(true, at(29)), Availability::Held { until: at(30) });
        assert_eq!(standing.availability(true, at(30)), Availability::Open);
        standing.penalise(Some(Duration::MAX), at(40));
        assert_eq!(standing.availability(true, at(41)), Availability::Held { until: at(340) });
    }

    #[test]
    fn a_failure_counts_though_the_miner_says_that_it_may_be_asked_again_at_once() {
        let standing = EndpointStats::new(None, 0);
        standing.penalise(Some(Duration::ZERO), at(0));
        assert_eq!(standing.availability(false, at(0)), Availability::Open);
        assert_eq!(standing.penalty(at(0)), PENALTY);
        standing.penalise(Some(Duration::from_secs(30)), at(0));
        assert_eq!(standing.penalty(at(0)), Duration::from_secs(30));
    }

    #[test]
    fn weight_is_of_stake_and_reputation_and_never_nothing() {
        let standing = EndpointStats::new(None, 0);
        standing.set_stake_share(1.0);
        assert!((standing.weight() - 0.775).abs() < 1e-9);
        standing.set_stake_share(0.0);
        assert!((standing.weight() - 0.325).abs() < 1e-9);
        standing.set_stake_share(f64::NAN);
        assert!((standing.weight() - 0.325).abs() < 1e-9);
    }

    #[test]
    fn who_is_new_among_others_ramps_up() {
        assert!((EndpointStats::new(None, 0).ramp(at(0)) - 1.0).abs() < 1e-9);
        let standing = EndpointStats::new(None, at(0));
        assert!((standing.ramp(at(0)) - 0.1).abs() < 1e-9);
        assert!((standing.ramp(at(5)) - 0.5).abs() < 1e-9);
        assert!((standing.ramp(at(60)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nobody_counts_as_ejected_in_a_panic() {
        let standing = EndpointStats::new(None, 0);
        standing.eject(at(30));
        assert_eq!(standing.availability(false, at(1)), Availability::Ejected { until: at(30) });
        assert_eq!(standing.availability(true, at(1)), Availability::Open);
        assert_eq!(standing.availability(false, at(30)), Availability::Open);
    }
}
