//! The router, which chooses miners for calls.

use std::sync::Arc;
use std::time::Duration;

use hetu_metastruct::PeerStatsTable;

use super::driver::RouteDriver;
use super::options::RouteOptions;
use super::record::{RouteError, Routed};
use super::state::RouterState;
use crate::random::SeededRandom;
use crate::selection::{Among, Selection};
use crate::{Answer, Attempt, Blended, Explanation, QueryError, ReplyShare, Strategy, Target};

/// A router that chooses miners for calls, and asks others after a failure.
///
/// A [`Phloem`](crate::Phloem) has one. A standalone router is for callers with another transport,
/// or with none, as in simulations. Clones share the statistics of the miners.
#[derive(Clone, Debug)]
pub struct Router(pub(super) RouterState);

impl Default for Router {
    fn default() -> Self {
        Self::over(Selection::new(None, SeededRandom::unpredictable()))
    }
}

impl Router {
    /// Returns a router with a seed. Its choices depend only on the seed and the order of its
    /// calls.
    pub fn seeded(seed: u64) -> Self {
        Self::over(Selection::new(None, SeededRandom::seeded(seed)))
    }

    /// Returns a router that reads the statistics of `peers`, and reports outcomes to it.
    pub(crate) fn with_peers(peers: PeerStatsTable) -> Self {
        Self::over(Selection::new(Some(peers), SeededRandom::unpredictable()))
    }

    /// Returns a router with both a seed and `peers`.
    #[cfg(any(test, feature = "testkit"))]
    pub(crate) fn seeded_with_peers(seed: u64, peers: PeerStatsTable) -> Self {
        Self::over(Selection::new(Some(peers), SeededRandom::seeded(seed)))
    }

    fn over(selection: Selection) -> Self {
        Self(RouterState { selection, budget: Arc::default(), strategy: Arc::new(Blended) })
    }

    /// Sets the strategy of calls that have none of their own.
    #[must_use]
    pub fn with_strategy(mut self, strategy: impl Strategy) -> Self {
        self.0.strategy = Arc::new(strategy);
        self
    }

    /// Replaces the miners that can be asked. A miner with the same account and URL keeps its
    /// statistics; one that joins others is asked less in the first 10 s.
    pub fn replace(&self, targets: impl IntoIterator<Item = Target>) {
        self.0.selection.replace(targets);
    }

    /// Makes `call` to a chosen miner, and to others if it fails.
    ///
    /// Cancel safety: dropping the future cancels all attempts in flight.
    ///
    /// # Errors
    /// [`RouteError`].
    pub async fn route<A: Attempt>(
        &self,
        call: &A,
        options: &RouteOptions,
    ) -> Result<Routed<A::Reply>, RouteError> {
        RouteDriver::new(&self.0, call, options).run().await
    }

    /// Makes `call` to `target`, once, and learns from the outcome.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn ask<A: Attempt>(
        &self,
        call: &A,
        target: &Target,
        limit: Duration,
    ) -> Result<Answer<A::Reply>, QueryError> {
        self.guarded(target, call.attempt(target, limit)).await
    }

    /// Makes `call` as [`ask`](Self::ask), with a reply that is charged to `share`.
    pub(crate) async fn ask_within<A: Attempt>(
        &self,
        call: &A,
        target: &Target,
        limit: Duration,
        share: ReplyShare,
    ) -> Result<Answer<A::Reply>, QueryError> {
        self.guarded(target, call.attempt_within(target, limit, share)).await
    }

    /// Makes an attempt to ask `target`, and learns from the outcome if it is a candidate.
    async fn guarded<Reply>(
        &self,
        target: &Target,
        attempt: impl Future<Output = Result<Answer<Reply>, QueryError>>,
    ) -> Result<Answer<Reply>, QueryError> {
        let guard = self.0.selection.guard_for(target);
        let outcome = attempt.await;
        if let Some(guard) = guard {
            guard.settle(&outcome, false);
        }
        outcome
    }

    /// Explains how a call would be routed now.
    pub fn explain(&self, options: &RouteOptions) -> Explanation {
        let request = options.request(&self.0.strategy, options.excluded(), Among::All);
        self.0.selection.explain(request)
    }

    /// Returns the number of retries and hedges that may be made now.
    pub fn retry_tokens(&self) -> f64 {
        self.0.budget.tokens()
    }

    pub(crate) const fn selection(&self) -> &Selection {
        &self.0.selection
    }
}
