//! The score of a reply or a miner.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The score of a reply or a miner: always a number from 0 to 1.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

/// A number that is no valid score.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is no score: scores are numbers from 0 to 1")]
pub struct InvalidScore(pub f64);

impl Score {
    /// The lowest score.
    pub const ZERO: Self = Self(0.0);
    /// The highest score.
    pub const ONE: Self = Self(1.0);

    /// Returns the score `value`.
    ///
    /// # Errors
    /// [`InvalidScore`] if it is not from 0 to 1; NaN is not.
    pub fn new(value: f64) -> Result<Self, InvalidScore> {
        // The sum turns a negative zero into zero, so that equal scores have equal bits.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(InvalidScore(value)) }
    }

    /// Returns the score nearest to `value`, or `None` if it is NaN.
    pub fn nearest(value: f64) -> Option<Self> {
        Self::new(value.clamp(0.0, 1.0)).ok()
    }

    /// Returns [`ONE`](Self::ONE) if `is_right`, else [`ZERO`](Self::ZERO).
    pub const fn of(is_right: bool) -> Self {
        if is_right { Self::ONE } else { Self::ZERO }
    }

    /// Returns the number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl TryFrom<f64> for Score {
    type Error = InvalidScore;

    fn try_from(value: f64) -> Result<Self, InvalidScore> {
        Self::new(value)
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_from_zero_to_one_are_scores() {
        for value in [0.0, 0.5, 1.0] {
            assert_eq!(Score::new(value).unwrap().get(), value);
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1, 1.1] {
            assert!(Score::new(value).is_err(), "{value}");
            assert!(serde_json::from_str::<Score>(&value.to_string()).is_err(), "{value}");
        }
        assert_eq!(Score::new(-0.0).unwrap(), Score::ZERO);
    }

    #[test]
    fn what_is_out_of_bounds_is_brought_to_them_and_nan_is_nothing() {
        assert_eq!(Score::nearest(7.0), Some(Score::ONE));
        assert_eq!(Score::nearest(f64::NEG_INFINITY), Some(Score::ZERO));
        assert_eq!(Score::nearest(0.25), Some(Score(0.25)));
        assert_eq!(Score::nearest(f64::NAN), None);
    }
}
