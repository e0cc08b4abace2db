//! The questions for miners.

use std::fmt;

use hetu_cambium::Service;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A question, and the right answer of a canary.
pub struct Question<S: Service> {
    /// The request.
    pub request: S::Request,
    /// The right answer, of a canary.
    pub known: Option<S::Reply>,
}

/// A source of questions.
///
/// A canary is a question with an answer that the validator knows. It has to look like any other
/// question: a miner that can tell them apart answers only canaries correctly.
///
/// A closure that returns a request with its right answer is a source of both kinds, for services
/// that a validator can compute itself.
pub trait Questions<S: Service>: Send {
    /// Returns a question. Its answer need not be known.
    fn ordinary(&mut self, randomness: &mut Randomness) -> S::Request;

    /// Returns a question with its right answer, or `None` if none is available now; an ordinary
    /// question is then asked instead.
    fn canary(&mut self, randomness: &mut Randomness) -> Option<(S::Request, S::Reply)>;
}

impl<S, Source> Questions<S> for Source
where
    S: Service,
    Source: FnMut(&mut Randomness) -> (S::Request, S::Reply) + Send,
{
    fn ordinary(&mut self, randomness: &mut Randomness) -> S::Request {
        self(randomness).0
    }

    fn canary(&mut self, randomness: &mut Randomness) -> Option<(S::Request, S::Reply)> {
        Some(self(randomness))
    }
}

/// A random number generator that cannot be predicted without the seed (ChaCha with 12 rounds).
///
/// The numbers of a seed are the same for the same version of this crate, on every machine.
pub struct Randomness(StdRng);

impl Randomness {
    /// Returns the generator of `seed`.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(StdRng::from_seed(seed))
    }

    /// Returns a generator seeded by the operating system.
    pub(super) fn from_system() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self::from_seed(seed))
    }

    /// Returns a random integer.
    pub fn number(&mut self) -> u64 {
        self.0.random()
    }

    /// Returns a number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// Returns `true` with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Randomness").finish_non_exhaustive()
    }
}

impl<S: Service> fmt::Debug for Question<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Question")
            .field("service", &S::NAME)
            .field("is_canary", &self.known.is_some())
            .finish_non_exhaustive()
    }
}

impl<S: Service> Question<S> {
    /// Returns the next question: a canary with the probability `canary_share`.
    pub(super) fn next(
        questions: &mut dyn Questions<S>,
        randomness: &mut Randomness,
        canary_share: f64,
    ) -> Self {
        if randomness.happens(canary_share)
            && let Some((request, known)) = questions.canary(randomness)
        {
            return Self { request, known: Some(known) };
        }
        Self { request: questions.ordinary(randomness), known: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::testing::{Echo, Said};

    fn canaries_of(seed: u8, share: f64) -> Vec<bool> {
        let mut randomness = Randomness::from_seed([seed; 32]);
        let mut source = |_: &mut Randomness| (Echo, Said(1.0));
        let mut next =
            || Question::<Echo>::next(&mut source, &mut randomness, share).known.is_some();
        (0..1_000).map(|_| next()).collect()
    }

    #[test]
    fn canaries_come_as_the_seed_says_and_as_often_as_asked_for() {
        assert_eq!(canaries_of(1, 0.25), canaries_of(1, 0.25));
        assert_ne!(canaries_of(1, 0.25), canaries_of(2, 0.25));
        let count = canaries_of(1, 0.25).iter().filter(|is_canary| **is_canary).count();
        assert!((200..300).contains(&count), "{count}");
        assert!(!canaries_of(1, 0.0).contains(&true));
        assert!(!canaries_of(1, 1.0).contains(&false));
    }
}
