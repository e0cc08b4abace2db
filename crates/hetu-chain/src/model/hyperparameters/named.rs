//! Hyperparameters by name, as entered on the command line.

use std::fmt;
use std::str::FromStr;

use super::list::{ORDERED, for_each_hyperparameter};
use super::value::Field;
use super::{HyperparameterChanges, HyperparameterValue, Hyperparameters};
use crate::{Amount, Retryability, Retryable};

/// The name of a hyperparameter and the values that the contract accepts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hyperparameter {
    name: &'static str,
    accepted: AcceptedValues,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AcceptedValues {
    Integer { least: u64, most: u64 },
    Flag,
    PositiveAmount,
}

const FLAG: AcceptedValues = AcceptedValues::Flag;
const AMOUNT: AcceptedValues = AcceptedValues::PositiveAmount;

const fn integer(least: u64, most: u64) -> AcceptedValues {
    AcceptedValues::Integer { least, most }
}

/// One hyperparameter with its new value, entered as `name=value`.
///
/// The contract accepts the value, as far as it does not depend on other hyperparameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HyperparameterChange {
    name: &'static str,
    value: HyperparameterValue,
}

/// The error of a text that is not a [`HyperparameterChange`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHyperparameter {
    /// A text without `=`.
    #[error("expected NAME=VALUE, such as tempo=359")]
    NoValue,
    /// A name that no hyperparameter has.
    #[error("there is no hyperparameter {0:?}: they are {names}", names = names())]
    Unknown(String),
    /// A value of another type, or one that the contract refuses.
    #[error("{value:?} is not a value of {name}, which is {accepted}")]
    Value {
        /// The name of the hyperparameter.
        name: &'static str,
        /// The value.
        value: String,
        /// The accepted values.
        accepted: String,
    },
}

/// Two hyperparameters whose values conflict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{lower} is {low}, above {upper}, which is {high}")]
pub struct HyperparameterConflict {
    lower: &'static str,
    low: HyperparameterValue,
    upper: &'static str,
    high: HyperparameterValue,
}

impl Retryable for InvalidHyperparameter {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

impl Retryable for HyperparameterConflict {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

impl Hyperparameter {
    /// Returns the name, which is the name of the field of [`Hyperparameters`].
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the accepted values in words, such as `from 1 to 10000`.
    pub fn accepted(&self) -> String {
        let lower = ORDERED.iter().filter(|(lower, _)| *lower == self.name);
        let upper = ORDERED.iter().filter(|(_, upper)| *upper == self.name);
        let mut words = self.accepted.to_string();
        words.extend(lower.map(|(_, upper)| format!(", at most {upper}")));
        words.extend(upper.map(|(lower, _)| format!(", at least {lower}")));
        words
    }

    fn parse(&self, text: &str) -> Option<HyperparameterValue> {
        match self.accepted {
            AcceptedValues::Integer { least, most } => text
                .parse()
                .ok()
                .filter(|value| (least..=most).contains(value))
                .map(HyperparameterValue::Integer),
            AcceptedValues::Flag => text.parse().ok().map(HyperparameterValue::Flag),
            AcceptedValues::PositiveAmount => text
                .parse()
                .ok()
                .filter(|amount: &Amount| !amount.is_zero())
                .map(HyperparameterValue::Amount),
        }
    }
}

impl fmt::Display for AcceptedValues {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { least, most: u64::MAX } => write!(formatter, "at least {least}"),
            Self::Integer { least, most } => write!(formatter, "from {least} to {most}"),
            Self::Flag => formatter.write_str("true or false"),
            Self::PositiveAmount => formatter.write_str("HETU, above 0"),
        }
    }
}

impl FromStr for HyperparameterChange {
    type Err = InvalidHyperparameter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or(InvalidHyperparameter::NoValue)?;
        let parameter = Hyperparameter::ALL
            .iter()
            .find(|parameter| parameter.name == name)
            .ok_or_else(|| InvalidHyperparameter::Unknown(name.to_owned()))?;
        match parameter.parse(value) {
            Some(value) => Ok(Self { name: parameter.name, value }),
            None => Err(InvalidHyperparameter::Value {
                name: parameter.name,
                value: value.to_owned(),
                accepted: parameter.accepted(),
            }),
        }
    }
}

/// The last of several changes of one hyperparameter wins.
impl FromIterator<HyperparameterChange> for HyperparameterChanges {
    fn from_iter<I: IntoIterator<Item = HyperparameterChange>>(changes: I) -> Self {
        let mut together = Self::default();
        changes.into_iter().for_each(|change| together.set(change));
        together
    }
}

impl Hyperparameters {
    /// Checks the rules that concern two hyperparameters. The contract refuses a violation without
    /// naming either hyperparameter.
    ///
    /// # Errors
    /// [`HyperparameterConflict`] for the first pair that violates a rule.
    pub fn check(&self) -> Result<(), HyperparameterConflict> {
        let values = self.values();
        let value = |name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        for (lower, upper) in ORDERED {
            if let (Some(low), Some(high)) = (value(lower), value(upper))
                && is_above(low, high)
            {
                return Err(HyperparameterConflict { lower, low, upper, high });
            }
        }
        Ok(())
    }
}

fn is_above(one: HyperparameterValue, other: HyperparameterValue) -> bool {
    match (one, other) {
        (HyperparameterValue::Integer(one), HyperparameterValue::Integer(other)) => one > other,
        (HyperparameterValue::Amount(one), HyperparameterValue::Amount(other)) => one > other,
        _ => false,
    }
}

fn names() -> String {
    Hyperparameter::ALL.map(|parameter| parameter.name).join(", ")
}

macro_rules! by_name {
    ($($(#[$documentation:meta])* $name:ident: $kind:ty = $field:ident, $accepted:expr;)*) => {
        impl Hyperparameter {
            /// All hyperparameters, in the order of the contract.
            pub const ALL: [Self; Hyperparameters::COUNT] =
                [$(Self { name: stringify!($name), accepted: $accepted }),*];
        }

        impl Hyperparameters {
            /// Returns the names and values, in the order of the contract.
            pub fn values(&self) -> [(&'static str, HyperparameterValue); Self::COUNT] {
                [$((stringify!($name), self.$name.to_value())),*]
            }
        }

        impl HyperparameterChanges {
            /// Changes one hyperparameter.
            pub fn set(&mut self, change: HyperparameterChange) {
                match change.name {
                    // A change always has the type of its parameter: a test tries every bound.
                    $(stringify!($name) => self.$name = <$kind>::from_value(change.value),)*
                    _ => {}
                }
            }
        }
    };
}

for_each_hyperparameter!(by_name);

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> Result<HyperparameterChange, InvalidHyperparameter> {
        text.parse()
    }

    #[test]
    fn change_within_its_bounds_is_set_and_one_beyond_is_refused() {
        for parameter in Hyperparameter::ALL {
            let (taken, refused) = match parameter.accepted {
                AcceptedValues::Integer { least, most } => (
                    vec![least.to_string(), most.to_string()],
                    vec![(least - 1).to_string(), (u128::from(most) + 1).to_string()],
                ),
                AcceptedValues::Flag => (vec!["true".into(), "false".into()], vec!["1".into()]),
                AcceptedValues::PositiveAmount => (vec!["0.5".into()], vec!["0".into()]),
            };
            for value in taken {
                let change = change(&format!("{}={value}", parameter.name)).unwrap();
                let changes = HyperparameterChanges::from_iter([change]);
                let place = changes.flags().iter().position(|is_set| *is_set).unwrap();
                let (name, set) = changes.or_zeros().values()[place];
                assert_eq!((name, set.to_string()), (parameter.name, value));
            }
            for value in refused {
                let error = change(&format!("{}={value}", parameter.name)).unwrap_err();
                assert!(error.to_string().contains(&parameter.accepted()), "{error}");
            }
        }
    }

    #[test]
    fn ordered_pairs_name_hyperparameters_of_one_type_and_are_checked() {
        let zeros = HyperparameterChanges::default().or_zeros();
        zeros.check().unwrap();
        for (lower, upper) in ORDERED {
            let changed =
                HyperparameterChanges::from_iter([change(&format!("{lower}=1")).unwrap()]);
            let conflict = changed.apply_to(&zeros).check().unwrap_err();
            assert_eq!(conflict.to_string(), format!("{lower} is 1, above {upper}, which is 0"));
        }
    }
}
