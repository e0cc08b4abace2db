//! Shares in hundredths of a percent.

use std::fmt;
use std::str::FromStr;

use hetu::Amount;
use serde::{Serialize, Serializer};

const WHOLE: u64 = 10_000;

/// A share in basis points, typed and shown as a percentage such as `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Percent(u64);

/// Error of a text that is not a percentage.
#[derive(Debug, thiserror::Error)]
#[error("expected a percentage from 0 to below 100 with at most two digits after the point")]
pub(super) struct InvalidPercent;

impl Percent {
    pub(super) const fn from_basis_points(points: u64) -> Self {
        Self(points)
    }

    /// Returns `amount` minus this share of it, rounded down.
    pub(super) fn taken_from(self, amount: Amount) -> Amount {
        let rest = amount.saturating_mul(WHOLE.saturating_sub(self.0));
        rest.checked_div(WHOLE).unwrap_or(Amount::ZERO)
    }
}

impl FromStr for Percent {
    type Err = InvalidPercent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || whole.len() > 2 || fraction.len() > 2 {
            return Err(InvalidPercent);
        }
        let points = format!("{whole}{fraction:0<2}").parse();
        points.map(Self).map_err(|_| InvalidPercent)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 100, self.0 % 100);
        if fraction == 0 {
            return write!(formatter, "{whole}");
        }
        let digits = format!("{fraction:02}");
        write!(formatter, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_basis_points() {
        for (text, points) in [("0", 0), ("0.5", 50), ("0.05", 5), ("1", 100), ("99.99", 9_999)] {
            assert_eq!(text.parse::<Percent>().unwrap(), Percent(points), "{text}");
            assert_eq!(Percent(points).to_string(), text);
        }
        for text in ["", "100", "-1", "+1", "0.005", "1.", ".5", "1%", "1e1", "0x1"] {
            assert!(text.parse::<Percent>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_share_is_taken_to_the_wei() {
        assert_eq!(Percent(50).taken_from(Amount::from_wei(1_000)), Amount::from_wei(995));
        assert_eq!(Percent(1).taken_from(Amount::from_wei(1)), Amount::ZERO);
        assert_eq!(Percent(0).taken_from(Amount::from_hetu(7)), Amount::from_hetu(7));
    }
}
