//! The trait that scores replies of a service.

use std::time::Duration;

use hetu_cambium::Service;

use super::Score;

/// A reply, and the context of its question.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case<'round, S: Service> {
    /// The request.
    pub request: &'round S::Request,
    /// The reply of the miner.
    pub reply: &'round S::Reply,
    /// The right answer, if the question was a canary.
    pub known: Option<&'round S::Reply>,
    /// The answer on which more than the quorum of the answering stake agrees, if any.
    pub agreed: Option<&'round S::Reply>,
    /// The share of the answering stake with replies that agree with this one, from 0 to 1.
    pub support: f64,
    /// The time from the request to the reply, signatures and network included.
    pub latency: Duration,
}

impl<'round, S: Service> Case<'round, S> {
    /// Returns the answer to compare the reply with: the right answer, or else the answer on which
    /// stake agrees. Returns `None` if there is neither.
    pub const fn expected(&self) -> Option<&'round S::Reply> {
        match self.known {
            Some(known) => Some(known),
            None => self.agreed,
        }
    }
}

/// A scorer of the replies of the service `S`.
///
/// [`Exact`](super::Exact), [`Numeric`](super::Numeric) and [`Agreeing`](super::Agreeing) are
/// ready-made scorers. Replies are untrusted input: no content may cause a panic.
pub trait Scorer<S: Service>: Send + Sync {
    /// Returns `true` if two replies to the same request agree. Should not depend on their order.
    fn agree(&self, one: &S::Reply, other: &S::Reply) -> bool;

    /// Returns the score of the reply, or `None` to abstain, which leaves the miner's average as it
    /// is.
    ///
    /// The default implementation returns one if the reply agrees with the
    /// [expected](Case::expected) answer, zero if it does not, and `None` if no answer is expected.
    fn score(&self, case: &Case<'_, S>) -> Option<Score> {
        case.expected().map(|expected| Score::of(self.agree(case.reply, expected)))
    }
}
