//! A choice by itself, for who asks in another way.

use super::options::RouteOptions;
use super::router::Router;
use crate::selection::{Among, ChosenMiner};
use crate::{Answer, OutcomeClass, QueryError, Target, Unavailable};

/// A miner that was picked. What came of asking it is to be told by [`settle`](Self::settle);
/// dropping it says that its answer was not waited for.
#[derive(Debug)]
pub struct Pick(ChosenMiner);

impl Pick {
    /// The miner.
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// What it costs, in seconds.
    pub const fn cost(&self) -> f64 {
        self.0.cost
    }

    /// Tells what came of asking it.
    pub fn settle<Reply>(self, outcome: &Result<Answer<Reply>, QueryError>) -> OutcomeClass {
        self.0.guard.settle(outcome, false)
    }
}

impl Router {
    /// Picks a miner, once, for who asks it in another way than by an
    /// [`Attempt`](crate::Attempt). No lock is taken.
    ///
    /// # Errors
    /// [`Unavailable`] if nobody may be asked.
    pub fn pick(&self, options: &RouteOptions) -> Result<Pick, Unavailable> {
        let request = options.request(&self.0.strategy, options.excluded(), Among::All);
        self.0.selection.choose(request).map(Pick)
    }
}
