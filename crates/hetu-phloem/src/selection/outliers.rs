//! The ejection of outliers: miners that perform much worse than the others (gRPC proposal A50).
//!
//! Every 10 s the candidates that had ten outcomes or more since are compared, if there are five of
//! them. A miner is ejected if its success rate is below the mean less 1.9 standard deviations, and
//! less 0.1, or if it fails 85 of 100. It is not asked for 30 s times the number of its ejections,
//! 300 s at most; a good interval takes one of them off. No more than a tenth of the candidates are
//! ejected at once, but one always may be.
//!
//! A subnet is small: the volumes of A50 (100 and 50 requests) would never be reached. Deviations
//! are therefore small too while all miners are well, and without the 0.1 a single failure would
//! eject.

use std::time::Duration;

use super::candidates::{Candidate, CandidateList};
use super::timeline::{AtomicMoment, Moment};

const INTERVAL: Duration = Duration::from_secs(10);
const FEWEST_CANDIDATES: usize = 5;
const DEVIATIONS: f64 = 1.9;
/// The minimum distance below the mean of an outlier, however little the others deviate.
const LEAST_DISTANCE: f64 = 0.1;
const WORST_SUCCESS_RATE: f64 = 0.15;
/// One in this many may be ejected at once.
const ONE_OUT_OF: usize = 10;

/// The moment of the next comparison.
#[derive(Debug)]
pub(super) struct OutlierSweep {
    next: AtomicMoment,
}

impl OutlierSweep {
    pub(super) fn beginning_at(now: Moment) -> Self {
        Self { next: AtomicMoment::new(Some(now.saturating_add(INTERVAL))) }
    }

    /// Compares the candidates if an interval is over and no other caller does.
    pub(super) fn sweep(&self, list: &CandidateList, now: Moment) {
        let due = self.next.get();
        let is_over = due.is_none_or(|due| now >= due);
        if is_over && self.next.replace(due, now.saturating_add(INTERVAL)) {
            compare(&list.candidates, now);
            // Reputations fade with time, also those of miners that are not asked.
            list.candidates.iter().for_each(|candidate| candidate.stats.weight.refresh());
        }
    }
}

fn compare(candidates: &[Candidate], now: Moment) {
    let rates: Vec<_> = candidates
        .iter()
        .map(|candidate| candidate.stats.health.ejection().end_interval())
        .collect();
    let known: Vec<f64> = rates.iter().copied().flatten().collect();
    let limit = if known.len() >= FEWEST_CANDIDATES { limit(&known) } else { f64::NEG_INFINITY };
    let mut worst: Vec<_> = candidates
        .iter()
        .zip(&rates)
        .filter_map(|(candidate, rate)| rate.map(|rate| (candidate, rate)))
        .collect();
    worst.sort_by(|one, other| one.1.total_cmp(&other.1));
    let is_out = |candidate: &&Candidate| candidate.stats.health.is_ejected(now);
    let mut out = candidates.iter().filter(is_out).count();
    let most = (candidates.len() / ONE_OUT_OF).max(1);
    for (candidate, rate) in worst {
        let ejection = candidate.stats.health.ejection();
        if rate >= limit {
            ejection.forgive_one();
        } else if out < most && !is_out(&candidate) {
            let times = ejection.eject(now);
            out += 1;
            let miner = candidate.target.address;
            tracing::info!(%miner, success_rate = rate, times, "a miner does much worse than others");
        }
    }
}

/// Returns the limit of outliers. A rate below `WORST_SUCCESS_RATE` is always below the limit.
#[expect(clippy::cast_precision_loss, reason = "there are not that many")]
fn limit(rates: &[f64]) -> f64 {
    let count = rates.len() as f64;
    let mean = rates.iter().sum::<f64>() / count;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / count;
    (mean - LEAST_DISTANCE.max(DEVIATIONS * variance.sqrt())).max(WORST_SUCCESS_RATE)
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, Amount};
    use hetu_metastruct::Endpoint;

    use super::super::endpoint_stats::EndpointStats;
    use super::*;
    use crate::Target;

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(1_000 + seconds)
    }

    fn candidates(count: u8) -> CandidateList {
        let targets = (0..count).map(|number| Target {
            address: Address::new([number; 20]),
            endpoint: Endpoint::try_from(format!("http://10.0.0.{number}")).unwrap(),
            stake: Amount::from_hetu(1),
        });
        CandidateList::following(&CandidateList::default(), targets, |_| {
            EndpointStats::new(None, None)
        })
    }

    fn observe(list: &CandidateList, place: usize, successes: u32, failures: u32) {
        let ejection = list.candidates[place].stats.health.ejection();
        (0..successes).for_each(|_| ejection.count(true));
        (0..failures).for_each(|_| ejection.count(false));
    }

    fn out(list: &CandidateList, now: Moment) -> Vec<usize> {
        let is_out = |place: &usize| list.candidates[*place].stats.health.is_ejected(now);
        (0..list.candidates.len()).filter(is_out).collect()
    }

    #[test]
    fn the_worst_are_out_and_no_more_than_a_tenth() {
        let list = candidates(20);
        (0..17).for_each(|place| observe(&list, place, 100, 0));
        for (place, successes) in [(17, 20), (18, 10), (19, 15)] {
            observe(&list, place, successes, 100 - successes);
        }
        compare(&list.candidates, at(0));
        assert_eq!(out(&list, at(1)), [18, 19]);
        assert_eq!(out(&list, at(30)), Vec::<usize>::new());
    }

    #[test]
    fn of_a_few_one_may_be_out() {
        let list = candidates(5);
        (0..4).for_each(|place| observe(&list, place, 10, 0));
        observe(&list, 4, 0, 10);
        compare(&list.candidates, at(0));
        assert_eq!(out(&list, at(1)), [4]);
        assert!(list.candidates[4].stats.load.in_flight() == 0);
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
        (0..10).filter(|place| *place != 4).for_each(|place| observe(&alike, place, 100, 0));
        observe(&alike, 4, 91, 9);
        compare(&alike.candidates, at(0));
        for list in [few, seldom, alike] {
            assert!(out(&list, at(1)).is_empty());
        }
    }

    #[test]
    fn each_time_is_longer_and_good_intervals_take_times_off() {
        let list = candidates(5);
        let round = |is_bad: bool, now: u64| {
            (0..4).for_each(|place| observe(&list, place, 100, 0));
            observe(&list, 4, if is_bad { 0 } else { 100 }, if is_bad { 100 } else { 0 });
            compare(&list.candidates, at(now));
        };
        round(true, 0);
        assert!(out(&list, at(29)) == [4] && out(&list, at(30)).is_empty());
        round(true, 40);
        assert!(out(&list, at(99)) == [4] && out(&list, at(100)).is_empty());
        round(false, 110);
        round(false, 120);
        round(true, 130);
        assert!(out(&list, at(159)) == [4] && out(&list, at(160)).is_empty());
    }
}
