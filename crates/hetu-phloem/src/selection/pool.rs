//! The candidates of one choice, as a strategy sees them.

use std::time::Duration;

use hetu_chain::Address;

use super::candidates::{Candidate, CandidateList};
use super::health::Availability;
use super::state::SelectionState;
use super::timeline::Moment;
use crate::Target;
use crate::random::{below, mix};

/// The number of random draws before all places are tried in order.
const DRAWS: usize = 12;
/// The multiple of the median latency above which a candidate is set aside.
pub(super) const SLOWNESS: f64 = 3.0;

/// The set of candidates for a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Among {
    /// All eligible candidates.
    All,
    /// Candidates with a breaker that admits requests, without those on probation.
    Admitted,
    /// The admitted candidates with a recent success as their last outcome.
    Well,
}

/// The candidates of one choice, by places from 0 to [`len`](Self::len).
///
/// No method takes a lock. A place that does not exist is not eligible, and its numbers are 0.
#[derive(Debug)]
pub struct SelectionPool<'a> {
    pub(super) list: &'a CandidateList,
    pub(super) state: &'a SelectionState,
    pub(super) now: Moment,
    pub(super) excluded: &'a [Address],
    pub(super) among: Among,
    pub(super) key: Option<u64>,
    pub(super) is_panicking: bool,
}

impl SelectionPool<'_> {
    /// Returns the number of candidates, eligible or not.
    pub fn len(&self) -> usize {
        self.list.candidates.len()
    }

    /// Returns `true` if there is no candidate.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if the candidate may be asked now: it is healthy, not excluded, and its
    /// `Retry-After` has passed.
    pub fn is_eligible(&self, place: usize) -> bool {
        self.candidate(place).is_some_and(|candidate| {
            matches!(self.availability(candidate), Availability::Open | Availability::Probation)
        })
    }

    /// Returns the miner at `place`.
    pub fn target(&self, place: usize) -> Option<&Target> {
        self.candidate(place).map(|candidate| &*candidate.target)
    }

    /// Returns the cost in seconds: (latency + penalty) × (requests in flight + 1) / weight.
    pub fn cost(&self, place: usize) -> f64 {
        let unknown = self.state.unknown_latency();
        self.candidate(place).map_or(0.0, |candidate| candidate.stats.cost(unknown, self.now))
    }

    /// Returns the peak EWMA of its answers, or `None` before the first and if the last is over an
    /// hour old.
    pub fn latency(&self, place: usize) -> Option<Duration> {
        let seconds = self.candidate(place)?.stats.latency.seconds(self.now)?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Returns the remaining penalty of its last failure.
    pub fn penalty(&self, place: usize) -> Duration {
        self.candidate(place)
            .map_or(Duration::ZERO, |candidate| candidate.stats.health.penalty_left(self.now))
    }

    /// Returns the weight by stake and reputation, from 0.1 to 1.
    pub fn weight(&self, place: usize) -> f64 {
        self.candidate(place).map_or(0.0, |candidate| candidate.stats.weight.get())
    }

    /// Returns its stake as a share of the largest.
    pub fn stake_share(&self, place: usize) -> f64 {
        self.candidate(place).map_or(0.0, |candidate| candidate.stats.weight.stake_share())
    }

    /// Returns the number of requests to it that are in flight.
    pub fn in_flight(&self, place: usize) -> u32 {
        self.candidate(place).map_or(0, |candidate| candidate.stats.load.in_flight())
    }

    /// Returns a random number, which the seed of the client determines.
    pub fn random(&self) -> u64 {
        self.state.random.next()
    }

    /// Returns a number for the key of the call, or `None` if it has no key.
    pub const fn key(&self) -> Option<u64> {
        self.key
    }

    /// Returns a number for this candidate and `key`, equal in every process.
    pub fn affinity(&self, place: usize, key: u64) -> u64 {
        self.candidate(place).map_or(0, |candidate| mix(candidate.identity ^ mix(key)))
    }

    /// Returns the eligible candidate with the lowest `measure`, or any of those with an equal one.
    /// NaN is never the lowest.
    pub fn least_by(&self, measure: impl Fn(usize) -> f64) -> Option<usize> {
        let start = below(self.random(), self.len());
        let measured = self.places_from(start).map(|place| (place, measure(place)));
        let measured = measured.filter(|(_, value)| !value.is_nan());
        measured.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(place, _)| place)
    }

    /// Returns the eligible places, from `start` on and then from the first place up to it.
    pub fn places_from(&self, start: usize) -> impl Iterator<Item = usize> {
        let count = self.len();
        (start..count).chain(0..start.min(count)).filter(|place| self.is_eligible(*place))
    }

    /// Draws a random eligible candidate that is not set aside, or any eligible one if almost none
    /// is left. A candidate that is due for a trial or a probation comes with `true`.
    pub(super) fn draw(&self, other_than: Option<usize>) -> Option<(usize, bool)> {
        for _ in 0..DRAWS {
            let place = below(self.random(), self.len());
            if Some(place) == other_than {
                continue;
            }
            match self.judge(place) {
                Draw::Good => return Some((place, false)),
                Draw::Trial => return Some((place, true)),
                Draw::Bad => {}
            }
        }
        let start = below(self.random(), self.len());
        self.places_from(start).find(|place| Some(*place) != other_than).map(|place| (place, false))
    }

    fn judge(&self, place: usize) -> Draw {
        let Some(candidate) = self.candidate(place) else { return Draw::Bad };
        match self.availability(candidate) {
            Availability::Probation => Draw::Trial,
            Availability::Open if self.is_slow(candidate) => {
                if candidate.stats.load.begin_trial(&self.state.trials, self.now) {
                    Draw::Trial
                } else {
                    Draw::Bad
                }
            }
            Availability::Open if self.ramps_past(candidate) => Draw::Bad,
            Availability::Open => Draw::Good,
            _ => Draw::Bad,
        }
    }

    /// Returns `true` if it takes much longer than the median. A candidate that was not asked yet
    /// is not slow.
    pub(super) fn is_slow(&self, candidate: &Candidate) -> bool {
        let limit = SLOWNESS * self.state.aggregate.middle_latency();
        let seconds = candidate.stats.latency.seconds(self.now);
        !self.is_panicking && limit > 0.0 && seconds.is_some_and(|seconds| seconds > limit)
    }

    fn ramps_past(&self, candidate: &Candidate) -> bool {
        let ramp = candidate.stats.ramp.share(self.now);
        ramp < 1.0 && self.state.random.share() >= ramp
    }

    pub(super) fn availability(&self, candidate: &Candidate) -> Availability {
        if self.excluded.contains(&candidate.target.address) {
            return Availability::Excluded;
        }
        let health = &candidate.stats.health;
        let availability = health.availability(self.is_panicking, self.now);
        let is_among = match self.among {
            Among::All => true,
            Among::Admitted => availability != Availability::Probation,
            Among::Well => health.is_well(self.now),
        };
        if is_among { availability } else { Availability::Excluded }
    }

    fn candidate(&self, place: usize) -> Option<&Candidate> {
        self.list.candidates.get(place)
    }
}

/// A candidate that was drawn at random.
enum Draw {
    Good,
    Trial,
    Bad,
}
