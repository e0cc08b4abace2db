//! The rate at which moving averages forget.

use std::num::NonZeroU32;

use super::Score;

/// The number of rounds after which an observation has half its weight. 8 by default.
///
/// An average moves by `average + (1 - 2^(-1/half_life)) * (score - average)`, from zero on: a new
/// miner has to earn its score, and a new registration gains no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfLife(NonZeroU32);

impl HalfLife {
    /// Returns a half-life of `rounds` rounds.
    pub const fn rounds(rounds: NonZeroU32) -> Self {
        Self(rounds)
    }

    /// Returns the weight of a new score: above 0 and at most 0.5.
    pub fn newest_share(self) -> f64 {
        1.0 - (-f64::from(self.0.get()).recip()).exp2()
    }

    /// Returns the average after one more score.
    pub fn moved(self, average: Score, score: Score) -> Score {
        let step = self.newest_share() * (score.get() - average.get());
        Score::nearest(average.get() + step).unwrap_or(average)
    }
}

impl Default for HalfLife {
    fn default() -> Self {
        Self(NonZeroU32::new(8).unwrap_or(NonZeroU32::MIN))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn half_life(rounds: u32) -> HalfLife {
        HalfLife::rounds(NonZeroU32::new(rounds).unwrap())
    }

    #[test]
    fn after_its_half_life_what_was_counts_half() {
        for rounds in [1, 2, 8, 100] {
            let mut average = Score::ONE;
            for _ in 0..rounds {
                average = half_life(rounds).moved(average, Score::ZERO);
            }
            assert!((average.get() - 0.5).abs() < 1e-12, "{rounds}: {average}");
        }
    }

    proptest! {
        #[test]
        fn an_average_stays_between_what_it_was_and_what_is_new(
            rounds in 1_u32..=u32::MAX, average in 0.0..=1.0, score in 0.0..=1.0,
        ) {
            let (average, score) = (Score::new(average).unwrap(), Score::new(score).unwrap());
            let moved = half_life(rounds).moved(average, score);
            prop_assert!(moved >= average.min(score) && moved <= average.max(score));
        }
    }
}
