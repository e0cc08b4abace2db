//! Amounts in the format of results.

use std::fmt;

use hetu::Amount;
use serde::{Serialize, Serializer};

/// An amount of HETU or of a token as decimal text, in JSON too. Users need not count zeros, and
/// programs do not lose digits to a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal(pub(crate) Amount);

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        Self(amount)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
