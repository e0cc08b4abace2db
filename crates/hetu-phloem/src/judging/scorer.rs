//! Who says what replies of a service are worth.

use std::time::Duration;

use hetu_cambium::Service;

use super::Score;

/// A reply, and what is known of its question.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case<'round, S: Service> {
    /// What was asked.
    pub request: &'round S::Request,
    /// What the miner answered.
    pub reply: &'round S::Reply,
    /// The right answer, if the question was a canary.
    pub known: Option<&'round S::Reply>,
    /// What more than the quorum of the stake that answered agrees on, if it does.
    pub agreed: Option<&'round S::Reply>,
    /// The share of the stake that answered whose replies agree with this one: from 0 to 1.
    pub support: f64,
    /// How long the miner took, signatures and the way included.
    pub latency: Duration,
}

impl<'round, S: Service> Case<'round, S> {
    /// What the reply is held against: the right answer, or else what stake agrees on. Nothing if
    /// there is neither.
    pub const fn expected(&self) -> Option<&'round S::Reply> {
        match self.known {
            Some(known) => Some(known),
            None => self.agreed,
        }
    }
}

/// Says what replies of the service `S` are worth.
///
/// [`Exact`](super::Exact), [`Numeric`](super::Numeric) and [`Agreeing`](super::Agreeing) are
/// ready made. Replies are what strangers wrote: whatever is in them must not panic.
pub trait Scorer<S: Service>: Send + Sync {
    /// Whether two replies to the same request say the same. Should not depend on their order.
    fn agree(&self, one: &S::Reply, other: &S::Reply) -> bool;

    /// What the reply is worth; nothing to abstain, which leaves the miner's average as it is.
    ///
    /// Without an implementation of its own: everything if it agrees with what is
    /// [expected](Case::expected), nothing if it does not, abstaining if nothing is expected.
    fn score(&self, case: &Case<'_, S>) -> Option<Score> {
        case.expected().map(|expected| Score::of(self.agree(case.reply, expected)))
    }
}
