//! The state that every choice shares: the candidates, and the measures over all of them.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hetu_metastruct::PeerStatsTable;
use parking_lot::Mutex;

use super::aggregate_health::AggregateHealth;
use super::candidates::CandidateList;
use super::endpoint_stats::EndpointStats;
use super::latencies::RecentLatencies;
use super::load::TrialBudget;
use super::outliers::OutlierSweep;
use super::timeline::{Moment, SelectionClock};
use crate::Target;
use crate::random::SeededRandom;

/// The assumed latency in seconds while none is known of any miner.
const FIRST_LATENCY: f64 = 0.1;

/// The candidates, and the measures over all of them.
#[derive(Debug)]
pub(super) struct SelectionState {
    pub(super) random: SeededRandom,
    pub(super) aggregate: AggregateHealth,
    pub(super) latencies: RecentLatencies,
    pub(super) trials: TrialBudget,
    timeline: SelectionClock,
    outliers: OutlierSweep,
    list: ArcSwap<CandidateList>,
    updating: Mutex<()>,
    peers: Option<PeerStatsTable>,
}

impl SelectionState {
    pub(super) fn new(peers: Option<PeerStatsTable>, random: SeededRandom) -> Self {
        let timeline = SelectionClock::begin();
        Self {
            random,
            aggregate: AggregateHealth::default(),
            latencies: RecentLatencies::default(),
            trials: TrialBudget::default(),
            timeline,
            outliers: OutlierSweep::beginning_at(timeline.now()),
            list: ArcSwap::default(),
            updating: Mutex::new(()),
            peers,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.timeline.now()
    }

    /// Returns the candidates. A concurrent replacement does not change the returned list.
    pub(super) fn candidates(&self) -> arc_swap::Guard<Arc<CandidateList>> {
        self.list.load()
    }

    /// Replaces the candidates. A miner that stays at the same place keeps its statistics; one that
    /// joins others ramps up.
    pub(super) fn replace(&self, targets: impl IntoIterator<Item = Target>) {
        let _guard = self.updating.lock();
        let (before, now) = (self.candidates(), self.now());
        let ramps_since = (!before.candidates.is_empty()).then_some(now);
        let newcomer = |address| {
            let peer = self.peers.as_ref().and_then(|peers| peers.handle(address));
            EndpointStats::new(peer, ramps_since)
        };
        let next = Arc::new(CandidateList::following(&before, targets, newcomer));
        self.aggregate.look(&next, now);
        self.list.store(next);
    }

    /// Returns the assumed value of an unknown latency in seconds: the median of the known ones.
    pub(super) fn unknown_latency(&self) -> f64 {
        let middle = self.aggregate.middle_latency();
        if middle > 0.0 { middle } else { FIRST_LATENCY }
    }

    /// Updates the measures over all candidates if they are due, or if one `has_turned` well or
    /// unwell.
    pub(super) fn look_around(&self, has_turned: bool, now: Moment) {
        let is_due = self.aggregate.is_due(now);
        if is_due || has_turned {
            let list = self.candidates();
            self.outliers.sweep(&list, now);
            self.aggregate.look(&list, now);
        }
    }

    /// Returns the latency that `share` of the recent answers did not exceed, over all miners, or
    /// `None` if there were fewer than `fewest`.
    pub(super) fn latency_percentile(&self, share: f64, fewest: u64) -> Option<Duration> {
        self.latencies.percentile(share, fewest, self.now())
    }
}
