//! The set of candidates, choosing among them, and what they are known by.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use hetu_chain::Address;
use hetu_metastruct::PeerStatsTable;

use super::ejection::Sweep;
use super::latencies::Latencies;
use super::overview::AggregateHealth;
use super::permit::AttemptGuard;
use super::pool::{Pool, is_due};
use super::random::Randomness;
use super::snapshot::{Candidate, Snapshot};
use super::standing::{Availability, EndpointStats};
use super::strategy::Strategy;
use super::timeline::{Moment, Timeline, left};
use crate::Target;
use crate::route::Unavailable;

/// What a latency counts as while nobody's is known, in seconds.
const FIRST_LATENCY: f64 = 0.1;
/// One pick in this many may try whether who is slow still is.
const PICKS_PER_TRIAL: u32 = 100;
const MOST_TRIALS_SAVED: u32 = 4;
/// How often another is picked if somebody else was quicker to begin a probation.
const REPEATS: usize = 4;

/// Who can be asked and how they are doing.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(super) timeline: Timeline,
    pub(super) random: Randomness,
    pub(super) overview: AggregateHealth,
    pub(super) sweep: Sweep,
    pub(super) latencies: Latencies,
    set: ArcSwap<Snapshot>,
    updating: Mutex<()>,
    qualities: Option<PeerStatsTable>,
    /// Hundredths of trials of slow candidates that may be begun.
    trial_credit: AtomicU32,
}

/// How a choice is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) strategy: &'a dyn Strategy,
    pub(crate) excluded: &'a [Address],
    pub(crate) among: Among,
    pub(crate) key: Option<u64>,
}

/// Of whom one is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Among {
    /// Whoever may be asked.
    All,
    /// Those whose breaker is open, and not those that are tried whether they are well again.
    Open,
    /// Those of them whose last outcome was a success, not long ago.
    Well,
}

/// A miner that was chosen, and the permit to ask it once.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) target: Arc<Target>,
    pub(crate) cost: f64,
    pub(crate) permit: AttemptGuard,
}

impl Selection {
    pub(crate) fn new(qualities: Option<PeerStatsTable>, random: Randomness) -> Self {
        let timeline = Timeline::begin();
        Self {
            timeline,
            random,
            overview: AggregateHealth::default(),
            sweep: Sweep::beginning_at(timeline.now()),
            latencies: Latencies::default(),
            set: ArcSwap::default(),
            updating: Mutex::new(()),
            qualities,
            trial_credit: AtomicU32::new(0),
        }
    }

    /// Replaces the candidates. Who stays at the same place keeps its standing; who joins others
    /// ramps up.
    pub(crate) fn replace(&self, targets: impl IntoIterator<Item = Target>) {
        let guard = self.updating.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, now) = (self.snapshot(), self.now());
        let ramps_since = if before.candidates.is_empty() { 0 } else { now };
        let newcomer = |address| {
            let quality = self.qualities.as_ref().and_then(|qualities| qualities.handle(address));
            EndpointStats::new(quality, ramps_since)
        };
        let next = Arc::new(Snapshot::following(&before, targets, newcomer));
        self.overview.look(&next, now);
        self.set.store(next);
        drop(guard);
    }

    /// From 0 to 1.
    pub(crate) fn random_share(&self) -> f64 {
        self.random.share()
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.set.load_full()
    }

    pub(super) fn now(&self) -> Moment {
        self.timeline.now()
    }

    /// What a latency counts as that is not known: as the middle one.
    pub(super) fn unknown_latency(&self) -> f64 {
        let middle = self.overview.middle_latency();
        if middle > 0.0 { middle } else { FIRST_LATENCY }
    }

    /// Chooses a miner and takes the permit to ask it. No lock is taken.
    pub(crate) fn choose(self: &Arc<Self>, choice: Choice<'_>) -> Result<Chosen, Unavailable> {
        let snapshot = self.set.load();
        let now = self.now();
        self.save_for_trials();
        for _ in 0..REPEATS {
            let pool = self.pool(&snapshot, &choice, now);
            let picked = choice.strategy.pick(&pool).filter(|place| pool.is_eligible(*place));
            // A strategy of others that picks nobody, or one that may not be asked, is made up for.
            let place = picked.or_else(|| pool.least_by(|place| pool.cost(place)));
            let Some(place) = place else { break };
            let candidate = &snapshot.candidates[place];
            let cost = pool.cost(place);
            // On probation there is room for one: if somebody else was quicker, another is picked.
            let is_probation = pool.availability(candidate) == Availability::Probation;
            if !is_probation || candidate.standing.breaker.begin_probation() {
                let permit = self.permit(candidate, is_probation, now);
                return Ok(Chosen { target: Arc::clone(&candidate.target), cost, permit });
            }
        }
        Err(self.unavailable(&snapshot, choice.excluded, now))
    }

    /// A permit to ask a miner that somebody else chose; nothing if it is not among the candidates.
    pub(crate) fn permit_for(self: &Arc<Self>, target: &Target) -> Option<AttemptGuard> {
        let snapshot = self.set.load();
        let (candidate, now) = (snapshot.get(target)?, self.now());
        let standing = &candidate.standing;
        let is_due = standing.availability(false, now) == Availability::Probation;
        let is_probation = is_due && standing.breaker.begin_probation();
        Some(self.permit(candidate, is_probation, now))
    }

    fn permit(
        self: &Arc<Self>,
        candidate: &Candidate,
        is_probation: bool,
        now: Moment,
    ) -> AttemptGuard {
        let standing = &candidate.standing;
        standing.in_flight.fetch_add(1, Ordering::Relaxed);
        standing.last_asked.store(now, Ordering::Relaxed);
        AttemptGuard::new(Arc::clone(self), Arc::clone(standing), is_probation)
    }

    pub(super) fn pool<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        choice: &Choice<'a>,
        now: Moment,
    ) -> Pool<'a> {
        Pool {
            snapshot,
            selection: self,
            now,
            excluded: choice.excluded,
            among: choice.among,
            key: choice.key,
            is_panicking: self.overview.is_panicking(),
        }
    }

    fn save_for_trials(&self) {
        if self.trial_credit.load(Ordering::Relaxed) < PICKS_PER_TRIAL * MOST_TRIALS_SAVED {
            self.trial_credit.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether this pick may try a slow candidate again: at most one pick in a hundred, and each
    /// candidate once in 10 s.
    pub(super) fn begin_trial(&self, candidate: &Candidate, now: Moment) -> bool {
        let last_asked = &candidate.standing.last_asked;
        let then = last_asked.load(Ordering::Relaxed);
        if !is_due(then, now) {
            return false;
        }
        let spend = |credit: u32| credit.checked_sub(PICKS_PER_TRIAL);
        self.trial_credit.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_ok()
            && last_asked.compare_exchange(then, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn unavailable(&self, snapshot: &Snapshot, excluded: &[Address], now: Moment) -> Unavailable {
        let mut unavailable =
            Unavailable { known: snapshot.candidates.len(), ..Default::default() };
        let mut soonest = Moment::MAX;
        for candidate in &snapshot.candidates {
            if excluded.contains(&candidate.target.address) {
                unavailable.excluded += 1;
                continue;
            }
            let (count, until) = match candidate.standing.availability(false, now) {
                Availability::Shut { until } => (&mut unavailable.shut, until),
                Availability::Held { until } => (&mut unavailable.held, until),
                Availability::Ejected { until } => (&mut unavailable.ejected, until),
                _ => continue,
            };
            *count += 1;
            soonest = soonest.min(until);
        }
        unavailable.retry_after = (soonest < Moment::MAX).then(|| left(soonest, now));
        unavailable
    }
}
