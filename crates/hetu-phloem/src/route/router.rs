//! Choosing miners for calls.

use std::sync::Arc;

use hetu_metastruct::PeerStatsTable;

use super::budget::Budget;
use super::driver::Drive;
use super::{RouteError, RouteOptions, Routed};
use crate::selection::{Among, AttemptGuard, Randomness, Selection};
use crate::{Answer, Attempt, Blended, Explanation, QueryError, ReplyShare, Strategy, Target};

/// Chooses miners for calls, and asks others where one fails. A [`Phloem`](crate::Phloem) has one;
/// by itself it serves who has another way to ask miners, or none, as in simulations.
///
/// Clones share what is known of the miners.
#[derive(Clone, Debug)]
pub struct Router {
    pub(super) selection: Arc<Selection>,
    pub(super) budget: Arc<Budget>,
    pub(super) strategy: Arc<dyn Strategy>,
}

impl Default for Router {
    fn default() -> Self {
        Self::over(Selection::new(None, Randomness::unpredictable()))
    }
}

impl Router {
    /// One whose choices a seed determines, as far as the order of its calls does.
    pub fn seeded(seed: u64) -> Self {
        Self::over(Selection::new(None, Randomness::seeded(seed)))
    }

    /// One that goes by what `qualities` knows of the miners, and tells it what they do.
    pub(crate) fn of_qualities(qualities: PeerStatsTable) -> Self {
        Self::over(Selection::new(Some(qualities), Randomness::unpredictable()))
    }

    /// Both.
    #[cfg(any(test, feature = "testkit"))]
    pub(crate) fn seeded_with_qualities(seed: u64, qualities: PeerStatsTable) -> Self {
        Self::over(Selection::new(Some(qualities), Randomness::seeded(seed)))
    }

    fn over(selection: Selection) -> Self {
        let selection = Arc::new(selection);
        Self { selection, budget: Arc::default(), strategy: Arc::new(Blended) }
    }

    /// Chooses by `strategy` where a call does not say otherwise.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Arc<dyn Strategy>) -> Self {
        self.strategy = strategy;
        self
    }

    /// Replaces the miners that can be asked. Who is known with the same account and url keeps
    /// what is known of it; who joins others is asked less in the first 10 s.
    pub fn replace(&self, targets: impl IntoIterator<Item = Target>) {
        self.selection.replace(targets);
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
        Drive::new(self, call, options).run().await
    }

    /// Makes `call` to `target`, once, and learns from the outcome.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn ask<A: Attempt>(
        &self,
        call: &A,
        target: &Target,
        limit: std::time::Duration,
    ) -> Result<Answer<A::Reply>, QueryError> {
        let permit = self.selection.permit_for(target);
        let outcome = call.attempt(target, limit).await;
        if let Some(permit) = permit {
            AttemptGuard::settle(permit, &outcome, false);
        }
        outcome
    }

    /// As [`ask`](Self::ask), for a reply that is charged to `share`.
    pub(crate) async fn ask_within<A: Attempt>(
        &self,
        call: &A,
        target: &Target,
        limit: std::time::Duration,
        share: ReplyShare,
    ) -> Result<Answer<A::Reply>, QueryError> {
        let permit = self.selection.permit_for(target);
        let outcome = call.attempt_within(target, limit, share).await;
        if let Some(permit) = permit {
            AttemptGuard::settle(permit, &outcome, false);
        }
        outcome
    }

    /// How a call would be routed now, and why.
    pub fn explain(&self, options: &RouteOptions) -> Explanation {
        self.selection.explain(options.choice(&self.strategy, options.excluded(), Among::All))
    }

    /// How many retries and hedges may be made now.
    pub fn retry_tokens(&self) -> f64 {
        self.budget.tokens()
    }

    pub(crate) fn selection(&self) -> &Arc<Selection> {
        &self.selection
    }
}
