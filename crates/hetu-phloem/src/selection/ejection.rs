//! Ejecting outliers: those who do much worse than the others (gRPC proposal A50).
//!
//! Every 10 s the candidates that had ten outcomes or more since are compared, if there are five
//! of them. Who has a success rate below the mean less 1.9 standard deviations, and less 0.1, or
//! fails 85 of 100, is not asked for 30 s times the number of its ejections, 300 s at most; a good
//! interval takes one of them off. No more than a tenth of the candidates are out at once, but one
//! always may be.
//!
//! A subnet is small: the volumes of A50 (100 and 50 requests) would never be reached. That makes
//! deviations small too where all is well, and without the 0.1 a single failure would eject.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::snapshot::{Candidate, Snapshot};
use super::standing::Availability;
use super::timeline::{Moment, after};

const INTERVAL: Duration = Duration::from_secs(10);
const FEWEST_CANDIDATES: usize = 5;
const FEWEST_OUTCOMES: u32 = 10;
const DEVIATIONS: f64 = 1.9;
/// Who is no further below the mean is no outlier, however little the others deviate.
const LEAST_DISTANCE: f64 = 0.1;
const WORST_SUCCESS_RATE: f64 = 0.15;
const EJECTION: Duration = Duration::from_secs(30);
const LONGEST_EJECTION: Duration = Duration::from_secs(300);
/// One in this many may be out at once.
const ONE_OUT_OF: usize = 10;

#[derive(Debug)]
pub(super) struct Sweep {
    next: AtomicU64,
}

impl Sweep {
    pub(super) fn beginning_at(now: Moment) -> Self {
        Self { next: AtomicU64::new(after(now, INTERVAL)) }
    }

    /// Compares the candidates if an interval is over and nobody else does.
    pub(super) fn sweep(&self, snapshot: &Snapshot, now: Moment) {
        let due = self.next.load(Ordering::Relaxed);
        let next = after(now, INTERVAL);
        let is_ours = now >= due
            && self.next.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_ours {
            compare(&snapshot.candidates, now);
            // Reputations fade with time, those too of whom nobody asks.
            snapshot.candidates.iter().for_each(|candidate| candidate.standing.weigh());
        }
    }
}

fn compare(candidates: &[Candidate], now: Moment) {
    let rates: Vec<_> = candidates.iter().map(success_rate).collect();
    let known: Vec<f64> = rates.iter().copied().flatten().collect();
    let limit = if known.len() >= FEWEST_CANDIDATES { limit(&known) } else { f64::NEG_INFINITY };
    let mut worst: Vec<_> = candidates
        .iter()
        .zip(&rates)
        .filter_map(|(candidate, rate)| rate.map(|rate| (candidate, rate)))
        .collect();
    worst.sort_by(|one, other| one.1.total_cmp(&other.1));
    let is_out = |candidate: &&Candidate| {
        matches!(candidate.standing.availability(false, now), Availability::Ejected { .. })
    };
    let mut out = candidates.iter().filter(is_out).count();
    let most = (candidates.len() / ONE_OUT_OF).max(1);
    for (candidate, rate) in worst {
        let standing = &candidate.standing;
        if rate >= limit {
            forgive_one(candidate);
        } else if out < most && !is_out(&candidate) {
            let times = standing.ejections.load(Ordering::Relaxed) + 1;
            standing.eject(after(now, EJECTION.saturating_mul(times).min(LONGEST_EJECTION)));
            out += 1;
            let miner = candidate.target.address;
            tracing::info!(%miner, success_rate = rate, times, "a miner does much worse than others");
        }
    }
}

/// Of the interval that ends, which begins anew; nothing if too little was asked.
fn success_rate(candidate: &Candidate) -> Option<f64> {
    let [successes, failures] = &candidate.standing.interval;
    let successes = successes.swap(0, Ordering::Relaxed);
    let outcomes = successes.saturating_add(failures.swap(0, Ordering::Relaxed));
    (outcomes >= FEWEST_OUTCOMES).then(|| f64::from(successes) / f64::from(outcomes))
}

/// Below which a success rate is an outlier. That of the worst is never too good.
#[expect(clippy::cast_precision_loss, reason = "there are not that many")]
fn limit(rates: &[f64]) -> f64 {
    let count = rates.len() as f64;
    let mean = rates.iter().sum::<f64>() / count;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / count;
    (mean - LEAST_DISTANCE.max(DEVIATIONS * variance.sqrt())).max(WORST_SUCCESS_RATE)
}

fn forgive_one(candidate: &Candidate) {
    let forgive = |times: u32| times.checked_sub(1);
    // It fails where there is nothing to forgive.
    let _ =
        candidate.standing.ejections.fetch_update(Ordering::Relaxed, Ordering::Relaxed, forgive);
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, Amount};
    use hetu_metastruct::Endpoint;

    use super::super::standing::EndpointStats;
    use super::super::timeline::nanoseconds;
    use super::*;
    use crate::Target;

    fn at(seconds: u64) -> Moment {
        nanoseconds(Duration::from_secs(1_000 + seconds))
    }

    fn candidates(count: u8) -> Snapshot {
        let targets = (0..count).map(|number| Target {
            address: Address::new([number; 20]),
            endpoint: Endpoint::try_from(format!("http://10.0.0.{number}")).unwrap(),
            stake: Amount::from_hetu(1),
        });
        Snapshot::following(&Snapshot::default(), targets, |_| EndpointStats::new(None, 0))
    }

    fn observe(snapshot: &Snapshot, place: usize, successes: u32, failures: u32) {
        let interval = &snapshot.candidates[place].standing.interval;
        interval[0].store(successes, Ordering::Relaxed);
        interval[1].store(failures, Ordering::Relaxed);
    }

    fn out(snapshot: &Snapshot, now: Moment) -> Vec<usize> {
        let is_out = |place: &usize| {
            let standing = &snapshot.candidates[*place].standing;
            matches!(standing.availability(false, now), Availability::Ejected { .. })
        };
        (0..snapshot.candidates.len()).filter(is_out).collect()
    }

    #[test]
    fn the_worst_are_out_and_no_more_than_a_tenth() {
        let snapshot = candidates(20);
        (0..17).for_each(|place| observe(&snapshot, place, 100, 0));
        for (place, successes) in [(17, 20), (18, 10), (19, 15)] {
            observe(&snapshot, place, successes, 100 - successes);
        }
        compare(&snapshot.candidates, at(0));
        assert_eq!(out(&snapshot, at(1)), [18, 19]);
        assert_eq!(out(&snapshot, at(30)), Vec::<usize>::new());
    }

    #[test]
    fn of_a_few_one_may_be_out() {
        let snapshot = candidates(5);
        (0..4).for_each(|place| observe(&snapshot, place, 10, 0));
        observe(&snapshot, 4, 0, 10);
        compare(&snapshot.candidates, at(0));
        assert_eq!(out(&snapshot, at(1)), [4]);
        assert!(snapshot.candidates[4].standing.in_flight.load(Ordering::Relaxed) == 0);
    }

    #[test]
    fn few_candidates_few_outcomes_and_small_differences_eject_nobody() {
        let few = candidates(4);
        (0..3).for_each(|place| observe(&few, place, 100, 0));
        observe(&few, 3, 0, 100);
        compare(&few.candidates, at(0));
        let seldom = candidates(5);
        (0..4).for_each(|place| observe(&seldom, place, 100, 0));
        observe(&seldom, 4, 0, 9);
        compare(&seldom.candidates, at(0));
        let alike = candidates(10);
        (0..10).for_each(|place| observe(&alike, place, 100, 0));
        observe(&alike, 4, 91, 9);
        compare(&alike.candidates, at(0));
        for snapshot in [few, seldom, alike] {
            assert!(out(&snapshot, at(1)).is_empty());
        }
    }

    #[test]
    fn each_time_is_longer_and_good_intervals_take_times_off() {
        let snapshot = candidates(5);
        let round = |is_bad: bool, now: u64| {
            (0..4).for_each(|place| observe(&snapshot, place, 100, 0));
            observe(&snapshot, 4, if is_bad { 0 } else { 100 }, if is_bad { 100 } else { 0 });
            compare(&snapshot.candidates, at(now));
        };
        round(true, 0);
        assert!(out(&snapshot, at(29)) == [4] && out(&snapshot, at(30)).is_empty());
        round(true, 40);
        assert!(out(&snapshot, at(99)) == [4] && out(&snapshot, at(100)).is_empty());
        round(false, 110);
        round(false, 120);
        round(true, 130);
        assert!(out(&snapshot, at(159)) == [4] && out(&snapshot, at(160)).is_empty());
    }
}
