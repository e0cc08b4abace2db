//! Choosing miners for calls.

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

/// Chooses miners for calls, and asks others where one fails. A [`Phloem`](crate::Phloem) has one;
/// by itself it serves who has another way to ask miners, or none, as in simulations.
///
/// Clones share what is known of the miners.
#[derive(Clone, Debug)]
pub struct Router(pub(super) RouterState);

impl Default for Router {
    fn default() -> Self {
        Self::over(Selection::new(None, SeededRandom::unpredictable()))
    }
}

impl Router {
    /// One whose choices a seed determines, as far as the order of its calls does.
    pub fn seeded(seed: u64) -> Self {
        Self::over(Selection::new(None, SeededRandom::seeded(seed)))
    }

    /// One that goes by what `peers` has of the miners, and tells it what they do.
    pub(crate) fn with_peers(peers: PeerStatsTable) -> Self {
        Self::over(Selection::new(Some(peers), SeededRandom::unpredictable()))
    }

    /// Both.
    #[cfg(any(test, feature = "testkit"))]
    pub(crate) fn seeded_with_peers(seed: u64, peers: PeerStatsTable) -> Self {
        Self::over(Selection::new(Some(peers), SeededRandom::seeded(seed)))
    }

    fn over(selection: Selection) -> Self {
        Self(RouterState { selection, budget: Arc::default(), strategy: Arc::new(Blended) })
    }

    /// Chooses by `strategy` where a call does not say otherwise.
    #[must_use]
    pub fn with_strategy(mut self, strategy: impl Strategy) -> Self {
        self.0.strategy = Arc::new(strategy);
        self
    }

    /// Replaces the miners that can be asked. Who is known with the same account and url keeps
    /// what is known of it; who joins others is asked less in the first 10 s.
    pub fn replace(&self, targets: impl IntoIterator<Item = Target>) {
        self.0.selection.replace(targets);
    }

    /// Makes `call` to a miner that is chosen, and to others if it fails.
    ///
    /// Cancel safety: dropping the future gives up all attempts under way.
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

    /// How a call would be routed now, and why.
    pub fn explain(&self, options: &RouteOptions) -> Explanation {
        let request = options.request(&self.0.strategy, options.excluded(), Among::All);
        self.0.selection.explain(request)
    }

    /// How many retries and hedges may be made now.
    pub fn retry_tokens(&self) -> f64 {
        self.0.budget.tokens()
    }

    pub(crate) const fn selection(&self) -> &Selection {
        &self.0.selection
    }
}
