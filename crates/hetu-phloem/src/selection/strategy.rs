//! The strategies that choose miners.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::pool::SelectionPool;
use crate::Target;
use crate::random::{below, share};

/// A strategy that chooses a miner. The ready-made ones are [`Blended`], [`StakeWeighted`],
/// [`Weighted`], [`Fastest`], [`RoundRobin`] and [`Sticky`].
///
/// Health precedes every strategy: a candidate that is not [eligible](SelectionPool::is_eligible)
/// is not asked. If a strategy picks no candidate, or an ineligible one, the eligible candidate of
/// the lowest cost is asked.
pub trait Strategy: fmt::Debug + Send + Sync + 'static {
    /// Returns its name for explanations.
    fn name(&self) -> &str;

    /// Returns the place of the candidate to ask. It must not block: it is called once an attempt.
    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize>;
}

/// Several calls share the state of one strategy.
impl<S: Strategy + ?Sized> Strategy for Arc<S> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        (**self).pick(pool)
    }
}

/// The better of two random candidates, by [cost](SelectionPool::cost). The default.
///
/// One of the two is drawn at odds of the cubes of their costs: 1 to 1 among equals, 8 to 1 if one
/// costs twice as much, a million to 1 if a failure costs a hundredfold. A little more stake
/// therefore brings a little more traffic, and not all of it.
///
/// The choice is between two and not all, because many clients that all know the best miner would
/// overload it (Mitzenmacher: The power of two choices in randomized load balancing, 2001). A
/// candidate that takes three times the median latency is set aside, but tried again: each once in
/// 10 s, and by one pick in a hundred at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blended;

impl Strategy for Blended {
    fn name(&self) -> &str {
        "blended"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        let (first, is_trial) = pool.draw(None)?;
        if is_trial || pool.len() == 1 {
            return Some(first);
        }
        match pool.draw(Some(first)) {
            None => Some(first),
            Some((second, true)) => Some(second),
            Some((second, false)) => {
                let odds = (pool.cost(first) / pool.cost(second)).powi(3);
                // The share of the second is odds / (1 + odds).
                let is_second = share(pool.random()) * (1.0 + odds) < odds;
                Some(if is_second { second } else { first })
            }
        }
    }
}

/// A random candidate, in proportion to its stake.
#[derive(Clone, Copy, Debug, Default)]
pub struct StakeWeighted;

impl StakeWeighted {
    /// The maximum number of draws of ineligible candidates.
    const DRAWS: usize = 8;
}

impl Strategy for StakeWeighted {
    fn name(&self) -> &str {
        "stake_weighted"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        let sums = &pool.list.cumulative_stake;
        let all = sums.last().copied().unwrap_or(0.0);
        let draws = if all > 0.0 { Self::DRAWS } else { 0 };
        for _ in 0..draws {
            let drawn = share(pool.random()) * all;
            let place = sums.partition_point(|sum| *sum <= drawn);
            if pool.is_eligible(place) {
                return Some(place);
            }
        }
        weighted(pool, |place| pool.stake_share(place))
    }
}

/// A random candidate, in proportion to the weights of a function.
///
/// Weights that are negative or not a number count as 0. A candidate of weight 0 is chosen only if
/// no weight is positive. If some weights are infinite, only their candidates are chosen.
pub struct Weighted<F>(F);

impl<F: Fn(&Target) -> f64 + Send + Sync + 'static> Weighted<F> {
    /// Returns a strategy with the weights of `weight`.
    pub const fn by(weight: F) -> Self {
        Self(weight)
    }
}

impl<F> fmt::Debug for Weighted<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Weighted")
    }
}

impl<F: Fn(&Target) -> f64 + Send + Sync + 'static> Strategy for Weighted<F> {
    fn name(&self) -> &str {
        "weighted"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        weighted(pool, |place| pool.target(place).map_or(0.0, &self.0))
    }
}

/// Chooses by weights in two passes and without a list: one for the sum, one for the place of the
/// drawn share of it.
fn weighted(pool: &SelectionPool<'_>, weight: impl Fn(usize) -> f64) -> Option<usize> {
    let is_infinite = pool.places_from(0).any(|place| weight(place) == f64::INFINITY);
    let sound = |place: usize| match weight(place) {
        f64::INFINITY => 1.0,
        // A sum of thousands of these is finite.
        weight if weight > 0.0 && !is_infinite => weight.min(f64::MAX / 1e6),
        _ => 0.0,
    };
    let all: f64 = pool.places_from(0).map(sound).sum();
    if all <= 0.0 {
        let count = pool.places_from(0).count();
        return pool.places_from(0).nth(below(pool.random(), count));
    }
    let mut left = share(pool.random()) * all;
    let mut last = None;
    for place in pool.places_from(0) {
        let weight = sound(place);
        if weight > 0.0 {
            last = Some(place);
            if left < weight {
                break;
            }
            left -= weight;
        }
    }
    last
}

/// The candidate with the lowest latency × (requests in flight + 1). A candidate that was never
/// asked comes first, with one request at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fastest;

impl Strategy for Fastest {
    fn name(&self) -> &str {
        "fastest"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        pool.least_by(|place| match (pool.latency(place), pool.in_flight(place)) {
            (None, 0) => pool.penalty(place).as_secs_f64(),
            (None, _) => pool.cost(place),
            (Some(_), _) => pool.cost(place) * pool.weight(place),
        })
    }
}

/// The candidates in turn.
#[derive(Debug, Default)]
pub struct RoundRobin {
    next: AtomicUsize,
}

impl Strategy for RoundRobin {
    fn name(&self) -> &str {
        "round_robin"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let start = turn.checked_rem(pool.len())?;
        pool.places_from(start).next()
    }
}

/// A fixed miner for each [key](crate::RouteOptions::key), as long as it is eligible, and otherwise
/// a second one that is equal for all callers (rendezvous hashing: Thaler, Ravishankar, 1998). A
/// miner that leaves moves its own keys only. Calls without a key are [`Blended`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Sticky;

impl Strategy for Sticky {
    fn name(&self) -> &str {
        "sticky"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        let Some(key) = pool.key() else { return Blended.pick(pool) };
        pool.places_from(0).max_by_key(|place| pool.affinity(*place, key))
    }
}
