//! A choice of a miner for callers with another transport.

use super::options::RouteOptions;
use super::router::Router;
use crate::selection::{Among, ChosenMiner};
use crate::{Answer, OutcomeClass, QueryError, Target, Unavailable};

/// A picked miner. The caller reports the outcome by [`settle`](Self::settle); dropping it reports
/// a cancelled attempt.
#[derive(Debug)]
pub struct Pick(ChosenMiner);

impl Pick {
    /// Returns the miner.
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// Returns its cost in seconds.
    pub const fn cost(&self) -> f64 {
        self.0.cost
    }

    /// Reports the outcome.
    pub fn settle<Reply>(self, outcome: &Result<Answer<Reply>, QueryError>) -> OutcomeClass {
        self.0.guard.settle(outcome, false)
    }
}

impl Router {
    /// Picks a miner, once, for a caller that asks it in another way than by an
    /// [`Attempt`](crate::Attempt). No lock is taken.
    ///
    /// # Errors
    /// [`Unavailable`] if no miner may be asked.
    pub fn pick(&self, options: &RouteOptions) -> Result<Pick, Unavailable> {
        let request = options.request(&self.0.strategy, options.excluded(), Among::All);
        self.0.selection.choose(request).map(Pick)
    }
}
