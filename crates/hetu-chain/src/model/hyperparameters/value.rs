//! The value of one hyperparameter of any type.

use std::fmt;

use crate::Amount;

/// The value of one hyperparameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HyperparameterValue {
    /// An integer of 16 or 64 bits.
    Integer(u64),
    /// A flag.
    Flag(bool),
    /// An amount of HETU.
    Amount(Amount),
}

impl fmt::Display for HyperparameterValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(formatter),
            Self::Flag(value) => value.fmt(formatter),
            Self::Amount(value) => value.fmt(formatter),
        }
    }
}

/// The type of a field of [`Hyperparameters`](super::Hyperparameters).
pub(super) trait Field: Copy {
    fn to_value(self) -> HyperparameterValue;

    /// Returns `None` for a value of another type, or for one that is too large.
    fn from_value(value: HyperparameterValue) -> Option<Self>;
}

macro_rules! field {
    ($kind:ty, $variant:ident) => {
        impl Field for $kind {
            fn to_value(self) -> HyperparameterValue {
                HyperparameterValue::$variant(self.into())
            }

            fn from_value(value: HyperparameterValue) -> Option<Self> {
                match value {
                    HyperparameterValue::$variant(value) => value.try_into().ok(),
                    _ => None,
                }
            }
        }
    };
}

field!(u16, Integer);
field!(u64, Integer);
field!(bool, Flag);
field!(Amount, Amount);
