//! Token amounts, exact to the wei.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

const DECIMALS: usize = 18;
const WEI_PER_HETU: u64 = 1_000_000_000_000_000_000;

/// An amount of HETU, WHETU or a subnet's token, counted in wei: 10^18 wei are one whole token.
///
/// Text is decimal HETU (`"1.5"`) and is never converted to a float. Serialised as a decimal string
/// of wei, so that no reader loses digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(U256);

impl Amount {
    /// Zero.
    pub const ZERO: Self = Self(U256::ZERO);
    /// The largest amount that a contract can hold, used for "any amount".
    pub const MAX: Self = Self(U256::MAX);

    /// Creates an amount of `hetu` whole HETU.
    pub fn from_hetu(hetu: u64) -> Self {
        Self(U256::from(hetu) * U256::from(WEI_PER_HETU))
    }

    /// Creates an amount of `wei` wei.
    pub fn from_wei(wei: u128) -> Self {
        Self(U256::from(wei))
    }

    /// Creates an amount from its wei as a big-endian 256-bit integer, the form that contracts
    /// return.
    pub fn from_be_bytes(bytes: [u8; 32]) -> Self {
        Self(U256::from_be_bytes(bytes))
    }

    /// Returns the wei as a big-endian 256-bit integer, the form that contracts accept.
    pub fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_be_bytes()
    }

    /// Returns the wei, if they fit into 128 bits. The final supply of HETU fits into 85.
    pub fn to_wei(self) -> Option<u128> {
        self.0.try_into().ok()
    }

    pub(crate) const fn from_integer(wei: U256) -> Self {
        Self(wei)
    }

    pub(crate) const fn as_integer(self) -> U256 {
        self.0
    }

    /// Returns `true` for [`Amount::ZERO`].
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Returns the sum, or `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Returns the difference, or `None` if `other` is larger.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Returns the sum, saturated at [`Amount::MAX`].
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference, saturated at zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns the product, saturated at [`Amount::MAX`].
    pub fn saturating_mul(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(U256::from(factor)))
    }

    /// Returns the quotient, rounded down, or `None` if `divisor` is zero.
    pub fn checked_div(self, divisor: u64) -> Option<Self> {
        self.0.checked_div(U256::from(divisor)).map(Self)
    }

    /// Returns the decimal digits of the amount in wei.
    pub fn to_wei_string(self) -> String {
        self.0.to_string()
    }

    /// Parses the decimal digits of an amount in wei.
    ///
    /// # Errors
    /// [`InvalidAmount`] unless `digits` is a decimal integer below 2^256.
    pub fn from_wei_str(digits: &str) -> Result<Self, InvalidAmount> {
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(InvalidAmount::Malformed);
        }
        U256::from_str_radix(digits, 10).map(Self).map_err(|_| InvalidAmount::TooLarge)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = self.0.div_rem(U256::from(WEI_PER_HETU));
        if fraction.is_zero() {
            return formatter.pad(&whole.to_string());
        }
        let digits = format!("{:0>DECIMALS$}", fraction.to_string());
        formatter.pad(&format!("{whole}.{}", digits.trim_end_matches('0')))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} HETU")
    }
}

impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('-') {
            return Err(InvalidAmount::Negative);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if whole.is_empty() || fraction.is_empty() {
            return Err(InvalidAmount::Malformed);
        }
        if fraction.len() > DECIMALS {
            return Err(InvalidAmount::TooPrecise);
        }
        Self::from_wei_str(&format!("{whole}{fraction:0<DECIMALS$}"))
    }
}

impl TryFrom<String> for Amount {
    type Error = InvalidAmount;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        Self::from_wei_str(&digits)
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_wei_string()
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

/// The reason for which a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAmount {
    /// A text that is not a decimal number such as `12` or `0.5`.
    #[error("not an amount: expected a decimal number such as 12 or 0.5")]
    Malformed,
    /// A number below zero.
    #[error("an amount is not negative")]
    Negative,
    /// A number with more than 18 decimals: a wei is the smallest unit.
    #[error("the amount has more than 18 digits after the point")]
    TooPrecise,
    /// A number of 2^256 wei or more.
    #[error("the amount is larger than any contract can hold")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decimal_hetu() {
        for (text, wei) in [
            ("0", 0),
            ("1", 1_000_000_000_000_000_000),
            ("1.5", 1_500_000_000_000_000_000),
            ("0.000000000000000001", 1),
            ("21000000", 21_000_000_000_000_000_000_000_000),
        ] {
            let amount = Amount::from_wei(wei);
            assert_eq!(text.parse(), Ok(amount));
            assert_eq!(amount.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "+1", "1e18", "0x1", "1 ", "1_000", "1.2.3"] {
            assert_eq!(text.parse::<Amount>(), Err(InvalidAmount::Malformed), "{text:?}");
        }
        assert_eq!("-1".parse::<Amount>(), Err(InvalidAmount::Negative));
        assert_eq!("0.0000000000000000001".parse::<Amount>(), Err(InvalidAmount::TooPrecise));
        assert_eq!("9".repeat(70).parse::<Amount>(), Err(InvalidAmount::TooLarge));
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Amount::MAX.checked_add(Amount::from_wei(1)), None);
        assert_eq!(Amount::ZERO.checked_sub(Amount::from_wei(1)), None);
        assert_eq!(Amount::MAX.saturating_add(Amount::MAX), Amount::MAX);
        assert_eq!(Amount::MAX.saturating_mul(2), Amount::MAX);
        assert_eq!(Amount::from_wei(7).saturating_mul(6), Amount::from_wei(42));
        assert_eq!(Amount::from_wei(7).checked_div(2), Some(Amount::from_wei(3)));
        assert_eq!(Amount::from_wei(7).checked_div(0), None);
        assert_eq!(Amount::MAX.to_wei(), None);
        assert_eq!(Amount::from_be_bytes(Amount::from_hetu(3).to_be_bytes()), Amount::from_hetu(3));
    }
}
