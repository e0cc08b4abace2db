//! Reports of the reasons why a miner is chosen or excluded.

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

/// A report on how a choice would be made now. It serialises as is, with seconds as numbers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The name of the strategy.
    pub strategy: String,
    /// The selection mode, by the health of all candidates.
    pub mode: SelectionMode,
    /// The median of the known latencies, or `None` if none is known.
    pub middle_latency_seconds: Option<f64>,
    /// The latency above which the blended strategy sets a candidate aside.
    pub slow_above_seconds: Option<f64>,
    /// All candidates: eligible ones first, by rising cost.
    pub candidates: Vec<CandidateReport>,
}

/// The selection mode, by the health of all candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SelectionMode {
    /// The mode while at least half of the candidates are healthy.
    Normal,
    /// The mode while fewer than half are healthy: no candidate is ejected or set aside for
    /// relative performance.
    Panic,
    /// The mode without an eligible candidate: calls fail immediately.
    NobodyHealthy,
}

/// The statistics of a candidate, and the reason of its exclusion, if any.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CandidateReport {
    /// The miner.
    pub miner: Address,
    /// The URL of its endpoint.
    pub url: String,
    /// The stake that it has allocated to the subnet, in wei.
    pub stake: Amount,
    /// The reputation from 0 to 1; 1/2 if it is unknown.
    pub reputation: f64,
    /// 0.1 + 0.9 × (stake / largest stake + reputation) / 2.
    pub weight: f64,
    /// The peak EWMA of its answers, or `None` before the first and if the last is over an hour
    /// old.
    pub latency_seconds: Option<f64>,
    /// The remaining penalty of its last failure.
    pub penalty_seconds: f64,
    /// The number of requests to it that are in flight.
    pub in_flight: u32,
    /// (latency + penalty) × (requests in flight + 1) / weight.
    pub cost_seconds: f64,
    /// The share of its draws that count; below 1 while it is new or has just recovered.
    pub ramp: f64,
    /// The reason of its exclusion, or `None` if it is eligible.
    pub exclusion: Option<Exclusion>,
    /// The time until the exclusion ends.
    pub excluded_for_seconds: Option<f64>,
    /// The number of times that its breaker was tripped.
    pub times_tripped: u32,
    /// The number of outcomes by class, since the client was made.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// The statistics of the metastruct, which include previous runs.
    pub quality: Option<PeerReport>,
}

/// The reason why a candidate is excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exclusion {
    /// An exclusion by the options of the call.
    ByCaller,
    /// A breaker that is tripped after too many failures.
    BreakerTripped,
    /// An answer by another party than the registered miner at its endpoint.
    WrongIdentity,
    /// A `Retry-After` that has not passed yet.
    AskedToWait,
    /// An ejection because of a success rate far below that of the others.
    Ejected,
    /// A latency far above that of the others: the blended strategy sets the candidate aside.
    Slow,
}

impl CandidateReport {
    /// Returns `true` if it is healthy: not excluded, or excluded only as slow or by the caller.
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
