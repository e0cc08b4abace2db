//! The options of one routed call.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::Address;

use crate::Strategy;
use crate::random::stable_hash;
use crate::selection::{Among, SelectionRequest};
use crate::until::LONGEST;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(12);
const DEFAULT_ATTEMPTS: usize = 3;
/// The most attempts that a call may ask for.
const MOST_ATTEMPTS: usize = 16;

/// The options of a routed call. Options that are not set have the values of the client.
#[derive(Clone, Debug)]
pub struct RouteOptions {
    deadline: Option<Duration>,
    attempt_limit: Option<Duration>,
    attempts: usize,
    hedging: Option<Hedging>,
    only_if_undone: bool,
    key: Option<u64>,
    excluded: Vec<Address>,
    strategy: Option<Arc<dyn Strategy>>,
}

impl Default for RouteOptions {
    fn default() -> Self {
        Self {
            deadline: None,
            attempt_limit: None,
            attempts: DEFAULT_ATTEMPTS,
            hedging: None,
            only_if_undone: false,
            key: None,
            excluded: Vec::new(),
            strategy: None,
        }
    }
}

/// The condition for asking another miner while the first may yet answer. The first success counts.
///
/// Only for services where it does no harm that two miners do the work.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hedging {
    /// The percentile of the latencies after which the hedge starts.
    pub percentile: f64,
    /// The minimum delay. It is also the delay while fewer than 20 answers of the last half minute
    /// are known.
    pub least_delay: Duration,
}

impl Default for Hedging {
    /// Returns a delay of the 95th percentile, and 5 ms at least.
    fn default() -> Self {
        Self { percentile: 0.95, least_delay: Duration::from_millis(5) }
    }
}

impl Hedging {
    /// Returns a delay of the percentile `share` (0 to 1) of the latencies, and `least_delay` at
    /// least.
    pub const fn after(share: f64, least_delay: Duration) -> Self {
        Self { percentile: share, least_delay }
    }
}

impl RouteOptions {
    /// Sets the time limit of the whole call, a day at most. The client's deadline by default.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the time limit of each attempt. A third of the deadline by default.
    #[must_use]
    pub const fn attempt_limit(mut self, limit: Duration) -> Self {
        self.attempt_limit = Some(limit);
        self
    }

    /// Sets the maximum number of attempts, hedges included: from 1 to 16, 3 by default.
    #[must_use]
    pub fn attempts(mut self, attempts: usize) -> Self {
        self.attempts = attempts.clamp(1, MOST_ATTEMPTS);
        self
    }

    /// Asks another miner if the first takes long. Off by default.
    #[must_use]
    pub const fn hedging(mut self, hedging: Hedging) -> Self {
        self.hedging = Some(hedging);
        self
    }

    /// Asks another miner only if it is certain that none of the work was done
    /// ([`QueryError::is_certainly_undone`](crate::QueryError::is_certainly_undone)), for calls
    /// that must not be done twice.
    ///
    /// There are no hedges then, despite [`hedging`](Self::hedging). Without TLS, the wallet does
    /// not repeat a call to a miner that has lost its sessions either: the miner's refusal is not
    /// signed, and any party on the path could have written it.
    #[must_use]
    pub const fn only_if_undone(mut self) -> Self {
        self.only_if_undone = true;
        self
    }

    /// Sets the key for [`Sticky`](crate::Sticky): calls with the same key go to the same miner.
    #[must_use]
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.key = Some(stable_hash(key.as_ref()));
        self
    }

    /// Excludes miners.
    #[must_use]
    pub fn exclude(mut self, miners: impl IntoIterator<Item = Address>) -> Self {
        self.excluded.extend(miners);
        self
    }

    /// Sets another strategy than the client's. Calls share the state of one in an [`Arc`].
    #[must_use]
    pub fn strategy(mut self, strategy: impl Strategy) -> Self {
        self.strategy = Some(Arc::new(strategy));
        self
    }

    /// Uses the deadline of a client if none is set.
    #[must_use]
    pub(crate) fn or_deadline(mut self, deadline: Duration) -> Self {
        self.deadline.get_or_insert(deadline);
        self
    }

    pub(super) fn whole_limit(&self) -> Duration {
        self.deadline.unwrap_or(DEFAULT_DEADLINE).min(LONGEST)
    }

    pub(super) fn limit_of_attempt(&self) -> Duration {
        self.attempt_limit.unwrap_or_else(|| self.whole_limit() / 3)
    }

    pub(super) const fn most_attempts(&self) -> usize {
        self.attempts
    }

    pub(super) const fn hedges(&self) -> Option<Hedging> {
        if self.only_if_undone { None } else { self.hedging }
    }

    pub(crate) const fn is_only_if_undone(&self) -> bool {
        self.only_if_undone
    }

    pub(super) fn excluded(&self) -> &[Address] {
        &self.excluded
    }

    pub(super) fn request<'a>(
        &'a self,
        default: &'a Arc<dyn Strategy>,
        excluded: &'a [Address],
        among: Among,
    ) -> SelectionRequest<'a> {
        let strategy = self.strategy.as_ref().unwrap_or(default);
        SelectionRequest { strategy: strategy.as_ref(), excluded, among, key: self.key }
    }
}
