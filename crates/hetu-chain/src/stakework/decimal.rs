//! Fractions, ratios and weights, exact to 18 decimals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::wide::{multiply_divide, multiply_divide_amount};
use crate::Amount;

/// The [`Decimal::units`] of one.
pub(super) const UNITS_PER_ONE: u128 = 1_000_000_000_000_000_000;

/// A decimal number from 0 to 2^128 / 10^18 with 18 decimals: a fraction, a ratio or a weight.
///
/// It is never a float. A text such as `"0.35"` is represented exactly. A text that cannot be
/// represented is refused, and a calculated value is rounded down.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(u128);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(UNITS_PER_ONE);
    /// The largest number, about 3.4 * 10^20.
    pub const MAX: Self = Self(u128::MAX);

    /// Returns the number `units` / 10^18.
    pub const fn from_units(units: u128) -> Self {
        Self(units)
    }

    /// Returns the number times 10^18.
    pub const fn units(self) -> u128 {
        self.0
    }

    /// Returns the number with the value `integer`.
    pub const fn from_integer(integer: u64) -> Self {
        Self(integer as u128 * UNITS_PER_ONE)
    }

    /// Returns `numerator / denominator`, rounded down, or `None` if the denominator is zero or the
    /// number is too large.
    pub fn from_ratio(numerator: u128, denominator: u128) -> Option<Self> {
        multiply_divide(numerator, UNITS_PER_ONE, denominator).map(Self)
    }

    /// Returns `true` for [`Decimal::ZERO`].
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Returns the sum, saturated at [`Decimal::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference, saturated at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns the product, rounded down and saturated at [`Decimal::MAX`].
    #[must_use]
    pub fn saturating_mul(self, other: Self) -> Self {
        Self(multiply_divide(self.0, other.0, UNITS_PER_ONE).unwrap_or(u128::MAX))
    }

    /// Returns the product with `amount`, rounded down and saturated at [`Amount::MAX`].
    pub fn of(self, amount: Amount) -> Amount {
        let (numerator, denominator) = (Amount::from_wei(self.0), Amount::from_wei(UNITS_PER_ONE));
        multiply_divide_amount(amount, numerator, denominator).unwrap_or(Amount::MAX)
    }
}

impl From<Decimal> for f64 {
    /// Returns the nearest binary64 number.
    fn from(decimal: Decimal) -> Self {
        let nearest = decimal.0 as Self;
        if nearest as u128 == decimal.0 {
            // Both operands are exact, so the quotient is rounded once.
            return nearest / UNITS_PER_ONE as Self;
        }
        // Parsing also rounds once; the text of every number is in the range of binary64.
        decimal.to_string().parse().unwrap_or(Self::NAN)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Amounts have 18 decimals, too.
        Amount::from_wei(self.0).fmt(formatter)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let amount: Amount = text.parse().map_err(|_| InvalidDecimal)?;
        amount.to_wei().map(Self).ok_or(InvalidDecimal)
    }
}

impl TryFrom<String> for Decimal {
    type Error = InvalidDecimal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.to_string()
    }
}

/// A text that is not a [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a decimal number: expected one such as 0.25, from 0 to 340282366920938463463, with at \
     most 18 digits after the point"
)]
pub struct InvalidDecimal;

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn text_is_kept_to_the_last_digit() {
        for text in ["0", "1", "0.000000000000000001", "340282366920938463463.374607431768211455"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for text in ["", "-1", "0.0000000000000000001", "340282366920938463464", "1e3", "NaN"] {
            assert_eq!(text.parse::<Decimal>(), Err(InvalidDecimal), "{text}");
        }
    }

    #[test]
    fn results_are_rounded_down_and_held_at_the_bounds() {
        assert_eq!(Decimal::from_ratio(2, 3), Some(decimal("0.666666666666666666")));
        assert_eq!(Decimal::from_ratio(1, 0), None);
        assert_eq!(Decimal::from_ratio(u128::MAX, 1), None);
        assert_eq!(Decimal::from_ratio(u128::MAX, u128::MAX), Some(Decimal::ONE));
        assert_eq!(decimal("0.5").saturating_mul(decimal("0.000000000000000001")), Decimal::ZERO);
        assert_eq!(Decimal::MAX.saturating_mul(decimal("2")), Decimal::MAX);
        assert_eq!(Decimal::MAX.saturating_mul(Decimal::ONE), Decimal::MAX);
        assert_eq!(decimal("0.18").of(Amount::from_wei(99)), Amount::from_wei(17));
        assert_eq!(decimal("2").of(Amount::MAX), Amount::MAX);
    }

    #[test]
    fn floats_are_the_nearest() {
        for (text, float) in
            [("0.2", 0.2), ("0.1", 0.1), ("0.3", 0.3), ("18446744073709551615", u64::MAX as f64)]
        {
            assert_eq!(f64::from(decimal(text)), float);
        }
        assert_eq!(f64::from(decimal("0.123456789012345678")), 0.123_456_789_012_345_68);
        assert_eq!(f64::from(Decimal::MAX), u128::MAX as f64 / 1e18);
    }
}
