//! The reasons why no miner can be asked.

use std::time::Duration;

use hetu_chain::{Address, Retryability, Retryable};
use serde::Serialize;

use super::candidates::CandidateList;
use super::health::Availability;
use super::timeline::Moment;

/// A choice without a result: no miner can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, thiserror::Error)]
#[error(
    "no healthy miner: of {known} known, {tripped} failed too often, {ejected} do much worse than others, {held} asked to be left alone, {excluded} left out"
)]
#[non_exhaustive]
pub struct Unavailable {
    /// Number of known miners.
    pub known: usize,
    /// Number of miners that the caller excludes, or has asked.
    pub excluded: usize,
    /// Number of miners with breakers that are tripped after too many failures.
    pub tripped: usize,
    /// Number of ejected miners, which have a success rate far below that of the others.
    pub ejected: usize,
    /// Number of miners with a `Retry-After` that has not passed yet.
    pub held: usize,
    /// The time after which the first of them may be asked again, or `None` if none may.
    pub retry_after: Option<Duration>,
}

impl Retryable for Unavailable {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}

impl Unavailable {
    /// Counts why none of the candidates may be asked at `now`.
    pub(super) fn of(list: &CandidateList, excluded: &[Address], now: Moment) -> Self {
        let mut unavailable = Self { known: list.candidates.len(), ..Self::default() };
        let mut soonest: Option<Moment> = None;
        for candidate in &list.candidates {
            if excluded.contains(&candidate.target.address) {
                unavailable.excluded += 1;
                continue;
            }
            let (count, until) = match candidate.stats.health.availability(false, now) {
                Availability::Tripped { until } => (&mut unavailable.tripped, until),
                Availability::Held { until } => (&mut unavailable.held, until),
                Availability::Ejected { until } => (&mut unavailable.ejected, until),
                _ => continue,
            };
            *count += 1;
            soonest = Some(soonest.map_or(until, |soonest| soonest.min(until)));
        }
        unavailable.retry_after = soonest.map(|soonest| soonest.saturating_sub(now));
        unavailable
    }
}
