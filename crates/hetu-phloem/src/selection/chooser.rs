//! The choice of a miner, and the guard of the attempt.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::Address;
use hetu_metastruct::PeerStatsTable;

use super::attempt_guard::AttemptGuard;
use super::candidates::{Candidate, CandidateList};
use super::health::Availability;
use super::pool::{Among, SelectionPool};
use super::state::SelectionState;
use super::strategy::Strategy;
use super::timeline::Moment;
use super::unavailable::Unavailable;
use crate::Target;
use crate::random::SeededRandom;

/// The most picks while other callers are quicker to begin the probation of the picked miner.
const REPEATS: usize = 4;

/// The choice of miners, by their statistics. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Selection(pub(super) Arc<SelectionState>);

/// The terms of one choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelectionRequest<'a> {
    pub(crate) strategy: &'a dyn Strategy,
    pub(crate) excluded: &'a [Address],
    pub(crate) among: Among,
    pub(crate) key: Option<u64>,
}

/// A miner that was chosen, and the guard of the attempt to ask it once.
#[derive(Debug)]
pub(crate) struct ChosenMiner {
    pub(crate) target: Arc<Target>,
    pub(crate) cost: f64,
    pub(crate) guard: AttemptGuard,
}

impl Selection {
    pub(crate) fn new(peers: Option<PeerStatsTable>, random: SeededRandom) -> Self {
        Self(Arc::new(SelectionState::new(peers, random)))
    }

    /// Replaces the candidates.
    pub(crate) fn replace(&self, targets: impl IntoIterator<Item = Target>) {
        self.0.replace(targets);
    }

    /// Returns a random number from 0 to 1.
    pub(crate) fn random_share(&self) -> f64 {
        self.0.random.share()
    }

    /// Returns the latency that `share` of the recent answers did not exceed, over all miners, or
    /// `None` if there were fewer than `fewest`.
    pub(crate) fn latency_percentile(&self, share: f64, fewest: u64) -> Option<Duration> {
        self.0.latency_percentile(share, fewest)
    }

    /// Chooses a miner and guards the attempt to ask it. No lock is taken.
    pub(crate) fn choose(&self, request: SelectionRequest<'_>) -> Result<ChosenMiner, Unavailable> {
        let (list, now) = (self.0.candidates(), self.0.now());
        self.0.trials.save();
        for _ in 0..REPEATS {
            let pool = self.pool(&list, &request, now);
            let picked = request.strategy.pick(&pool).filter(|place| pool.is_eligible(*place));
            // A custom strategy may pick no miner, or an ineligible one.
            let place = picked.or_else(|| pool.least_by(|place| pool.cost(place)));
            let Some(place) = place else { break };
            let candidate = &list.candidates[place];
            let cost = pool.cost(place);
            // A probation admits one request: if another caller was quicker, pick again.
            let is_probation = pool.availability(candidate) == Availability::Probation;
            if !is_probation || candidate.stats.health.breaker().begin_probation(now) {
                let guard = self.guard(candidate, is_probation, now);
                return Ok(ChosenMiner { target: Arc::clone(&candidate.target), cost, guard });
            }
        }
        Err(Unavailable::of(&list, request.excluded, now))
    }

    /// Guards an attempt to ask a miner that the caller chose, or returns `None` if it is not among
    /// the candidates.
    pub(crate) fn guard_for(&self, target: &Target) -> Option<AttemptGuard> {
        let list = self.0.candidates();
        let (candidate, now) = (list.get(target)?, self.0.now());
        let health = &candidate.stats.health;
        let is_due = health.availability(false, now) == Availability::Probation;
        let is_probation = is_due && health.breaker().begin_probation(now);
        Some(self.guard(candidate, is_probation, now))
    }

    fn guard(&self, candidate: &Candidate, is_probation: bool, now: Moment) -> AttemptGuard {
        candidate.stats.load.begin(now);
        AttemptGuard::new(Arc::clone(&self.0), Arc::clone(&candidate.stats), is_probation)
    }

    pub(super) fn pool<'a>(
        &'a self,
        list: &'a CandidateList,
        request: &SelectionRequest<'a>,
        now: Moment,
    ) -> SelectionPool<'a> {
        SelectionPool {
            list,
            state: &self.0,
            now,
            excluded: request.excluded,
            among: request.among,
            key: request.key,
            is_panicking: self.0.aggregate.is_panicking(),
        }
    }
}
