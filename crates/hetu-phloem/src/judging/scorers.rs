//! Ready-made scorers.

use std::fmt;

use hetu_cambium::Service;

use super::{Case, Score, Scorer};

/// A scorer by equality with the expected answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact;

impl<S> Scorer<S> for Exact
where
    S: Service,
    S::Reply: PartialEq,
{
    fn agree(&self, one: &S::Reply, other: &S::Reply) -> bool {
        one == other
    }
}

/// A scorer by the distance between a number in the reply and the expected one.
///
/// `one` and `other` are near if `|one - other| <= absolute + relative * max(|one|, |other|)`. NaN
/// and infinities are not near to any number, including themselves.
pub struct Numeric<Reply> {
    read: fn(&Reply) -> f64,
    absolute: f64,
    relative: f64,
}

impl<Reply> Numeric<Reply> {
    /// Compares the number that `read` finds in replies, with a tolerance for rounding: one part in
    /// 10⁹, and 10⁻⁹ near zero.
    pub const fn new(read: fn(&Reply) -> f64) -> Self {
        Self { read, absolute: 1e-9, relative: 1e-9 }
    }

    /// Sets the tolerances. A tolerance that is NaN or negative counts as zero.
    #[must_use]
    pub const fn within(mut self, absolute: f64, relative: f64) -> Self {
        self.absolute = absolute.max(0.0);
        self.relative = relative.max(0.0);
        self
    }

    fn is_near(&self, one: f64, other: f64) -> bool {
        let scale = one.abs().max(other.abs());
        one.is_finite()
            && other.is_finite()
            && (one - other).abs() <= self.relative.mul_add(scale, self.absolute)
    }
}

impl<S: Service> Scorer<S> for Numeric<S::Reply> {
    fn agree(&self, one: &S::Reply, other: &S::Reply) -> bool {
        self.is_near((self.read)(one), (self.read)(other))
    }
}

impl<Reply> fmt::Debug for Numeric<Reply> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Numeric")
            .field("absolute", &self.absolute)
            .field("relative", &self.relative)
            .finish_non_exhaustive()
    }
}

/// A scorer by the share of stake that agrees with the reply, by the agreement of another scorer.
/// Canaries are scored by that scorer.
///
/// For services with several good answers, of which the more common ones are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreeing<Inner>(pub Inner);

impl<S: Service, Inner: Scorer<S>> Scorer<S> for Agreeing<Inner> {
    fn agree(&self, one: &S::Reply, other: &S::Reply) -> bool {
        self.0.agree(one, other)
    }

    fn score(&self, case: &Case<'_, S>) -> Option<Score> {
        match case.known {
            Some(_) => self.0.score(case),
            None => Score::nearest(case.support),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hetu_cambium::Codec;

    use hetu_testkit::doubles::finite_doubles;

    use super::*;
    use crate::judging::digest::digest;
    use crate::judging::testing::{Echo, Said};

    fn case<'round>(
        reply: &'round Said,
        known: Option<&'round Said>,
        agreed: Option<&'round Said>,
    ) -> Case<'round, Echo> {
        let latency = Duration::from_millis(1);
        Case { request: &Echo, reply, known, agreed, support: 0.75, latency }
    }

    fn numeric() -> Numeric<Said> {
        Numeric::new(|said: &Said| said.0).within(0.5, 0.1)
    }

    #[test]
    fn a_canary_counts_more_than_what_stake_agrees_on() {
        let (right, wrong) = (Said(1.0), Said(2.0));
        assert_eq!(Exact.score(&case(&right, Some(&right), Some(&wrong))), Some(Score::ONE));
        assert_eq!(Exact.score(&case(&wrong, Some(&right), Some(&wrong))), Some(Score::ZERO));
        assert_eq!(Exact.score(&case(&wrong, None, Some(&wrong))), Some(Score::ONE));
        assert_eq!(Exact.score(&case(&right, None, None)), None, "nothing to hold it against");
    }

    #[test]
    fn numbers_are_near_by_both_tolerances() {
        let near = |one, other| Scorer::<Echo>::agree(&numeric(), &Said(one), &Said(other));
        assert!(near(0.0, 0.5) && near(100.0, 110.0) && near(-100.0, -110.0));
        assert!(!near(0.0, 0.6) && !near(100.0, 112.0));
        for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!near(strange, strange) && !near(strange, 0.0) && !near(0.0, strange));
        }
        assert!(!near(f64::MAX, -f64::MAX));
    }

    #[test]
    fn a_tolerance_that_is_no_number_is_none() {
        let strict = Numeric::new(|said: &Said| said.0).within(f64::NAN, -1.0);
        assert!(Scorer::<Echo>::agree(&strict, &Said(1.0), &Said(1.0)));
        assert!(!Scorer::<Echo>::agree(&strict, &Said(1.0), &Said(1.000_001)));
    }

    #[test]
    fn agreeing_is_worth_the_stake_behind_it_and_canaries_are_right_or_wrong() {
        let (right, wrong) = (Said(1.0), Said(2.0));
        let scorer = Agreeing(numeric());
        assert_eq!(scorer.score(&case(&wrong, None, None)).unwrap().get(), 0.75);
        assert_eq!(scorer.score(&case(&wrong, Some(&right), None)), Some(Score::ZERO));
    }

    #[test]
    fn exact_scorer_finds_every_double_equal_to_itself_after_json() {
        let codec = Codec::Json;
        for sent in finite_doubles() {
            let received: Said = codec.decode(&codec.encode(&Said(sent)).unwrap()).unwrap();
            assert_eq!(sent.to_bits(), received.0.to_bits(), "{sent:e}");
            let known = Said(sent);
            assert_eq!(Exact.score(&case(&received, Some(&known), None)), Some(Score::ONE));
            assert_eq!(digest(&received), digest(&known), "{sent:e}");
        }
    }
}
