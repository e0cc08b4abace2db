//! Why a miner is chosen and another is not.

use std::collections::BTreeMap;

use hetu_chain::{Address, Amount};
use hetu_metastruct::PeerReport;
use serde::Serialize;

use super::candidates::Candidate;
use super::chooser::{Selection, SelectionRequest};
use super::health::Availability;
use super::pool::{SLOWNESS, SelectionPool};
use super::timeline::Moment;
use crate::OutcomeClass;

/// How a choice would be made now. Serialised as it is; seconds as numbers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The name of the strategy.
    pub strategy: String,
    /// What the health of all makes of the choice.
    pub mode: SelectionMode,
    /// The median of the latencies that are known; nothing if none is.
    pub middle_latency_seconds: Option<f64>,
    /// Who takes longer than this is set aside by the blended strategy.
    pub slow_above_seconds: Option<f64>,
    /// All candidates; those that may be asked first, by rising cost.
    pub candidates: Vec<CandidateReport>,
}

/// What the health of all candidates makes of the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SelectionMode {
    /// Half of them or more are healthy.
    Normal,
    /// Fewer are healthy: nobody is ejected or set aside for doing worse than others.
    Panic,
    /// Nobody can be asked: calls fail at once.
    NobodyHealthy,
}

/// What is known of a candidate, and why it is not to be asked, if so.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CandidateReport {
    /// The miner.
    pub miner: Address,
    /// Where it serves.
    pub url: String,
    /// What it has allocated to the subnet, in wei.
    pub stake: Amount,
    /// From 0 to 1; 1/2 if nothing is known.
    pub reputation: f64,
    /// 0.1 + 0.9 × (stake / largest stake + reputation) / 2.
    pub weight: f64,
    /// The peak EWMA of its answers; nothing before the first, nor if the last is over an hour old.
    pub latency_seconds: Option<f64>,
    /// What is left of the time that its last failure counts for.
    pub penalty_seconds: f64,
    /// Requests to it that are under way.
    pub in_flight: u32,
    /// (latency + penalty) × (requests in flight + 1) / weight.
    pub cost_seconds: f64,
    /// The share of its draws that count; below 1 while it is new or just back.
    pub ramp: f64,
    /// Why it is not asked; nothing if it may be.
    pub exclusion: Option<Exclusion>,
    /// For how long it is not asked.
    pub excluded_for_seconds: Option<f64>,
    /// Number of times that its breaker was tripped.
    pub times_tripped: u32,
    /// What came of asking it, since the client was made.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// What the metastruct knows of it, from other runs too.
    pub quality: Option<PeerReport>,
}

/// Why a candidate is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exclusion {
    /// The call leaves it out.
    ByCaller,
    /// It failed too often: its breaker is tripped.
    BreakerTripped,
    /// What answered there was not the registered miner.
    WrongIdentity,
    /// It asked to be left alone (`Retry-After`).
    AskedToWait,
    /// It does much worse than the others.
    Ejected,
    /// It takes much longer than the others: set aside by the blended strategy.
    Slow,
}

impl CandidateReport {
    /// Whether it is in good health: not excluded, or only because it is slow or left out.
    pub fn is_healthy(&self) -> bool {
        matches!(self.exclusion, None | Some(Exclusion::Slow | Exclusion::ByCaller))
    }
}

impl Selection {
    pub(crate) fn explain(&self, request: SelectionRequest<'_>) -> Explanation {
        let (list, now) = (self.0.candidates(), self.0.now());
        let pool = self.pool(&list, &request, now);
        let report = |candidate| report(&pool, candidate);
        let mut candidates: Vec<_> = list.candidates.iter().map(report).collect();
        candidates.sort_by(|one, other| {
            let by_health = one.exclusion.is_some().cmp(&other.exclusion.is_some());
            by_health.then(one.cost_seconds.total_cmp(&other.cost_seconds))
        });
        let mode = if pool.places_from(0).next().is_none() {
            SelectionMode::NobodyHealthy
        } else if pool.is_panicking {
            SelectionMode::Panic
        } else {
            SelectionMode::Normal
        };
        let middle = Some(self.0.aggregate.middle_latency()).filter(|middle| *middle > 0.0);
        Explanation {
            strategy: request.strategy.name().to_owned(),
            mode,
            middle_latency_seconds: middle,
            slow_above_seconds: middle.map(|middle| middle * SLOWNESS),
            candidates,
        }
    }
}

fn report(pool: &SelectionPool<'_>, candidate: &Candidate) -> CandidateReport {
    let (stats, now) = (&candidate.stats, pool.now);
    let (exclusion, until) = exclusion(pool, candidate);
    let outcomes = OutcomeClass::ALL.into_iter().filter_map(|class| {
        let count = stats.tally.of(class);
        (count > 0).then(|| (class.name(), count))
    });
    CandidateReport {
        miner: candidate.target.address,
        url: candidate.target.endpoint.to_string(),
        stake: candidate.target.stake,
        reputation: stats.weight.reputation(),
        weight: stats.weight.get(),
        latency_seconds: stats.latency.seconds(now),
        penalty_seconds: stats.health.penalty_left(now).as_secs_f64(),
        in_flight: stats.load.in_flight(),
        cost_seconds: stats.cost(pool.state.unknown_latency(), now),
        ramp: stats.ramp.share(now),
        exclusion,
        excluded_for_seconds: until.map(|until| until.saturating_sub(now).as_secs_f64()),
        times_tripped: stats.health.breaker().times_tripped(),
        outcomes: outcomes.collect(),
        quality: stats.weight.peer_report(),
    }
}

fn exclusion(
    pool: &SelectionPool<'_>,
    candidate: &Candidate,
) -> (Option<Exclusion>, Option<Moment>) {
    let is_distrusted = candidate.stats.health.breaker().is_distrusted();
    match pool.availability(candidate) {
        Availability::Open if pool.is_slow(candidate) => (Some(Exclusion::Slow), None),
        Availability::Open | Availability::Probation => (None, None),
        Availability::Excluded => (Some(Exclusion::ByCaller), None),
        Availability::Held { until } => (Some(Exclusion::AskedToWait), Some(until)),
        Availability::Ejected { until } => (Some(Exclusion::Ejected), Some(until)),
        Availability::Tripped { until } if is_distrusted => {
            (Some(Exclusion::WrongIdentity), Some(until))
        }
        Availability::Tripped { until } => (Some(Exclusion::BreakerTripped), Some(until)),
    }
}
