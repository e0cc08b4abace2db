//! Hyperparameters by name, shown and typed.

use std::str::FromStr;

use hetu::chain::{HyperparameterChanges, Hyperparameters};
use serde::Serialize;

use crate::decimal::Decimal;

/// A change of one hyperparameter, typed as `name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleChange(Rule);

/// Why a text is no change.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidRule {
    #[error("expected NAME=VALUE, such as tempo=359")]
    NoValue,
    #[error("there is no hyperparameter {0:?}: they are {names}", names = Rules::NAMES.join(", "))]
    Unknown(String),
    #[error("{value:?} is not a value of {name}: {reason}")]
    Value { name: &'static str, value: String, reason: String },
}

/// One list of the names, for showing and for typing.
macro_rules! rules {
    ($($name:ident: $kind:ty,)*) => {
        /// The numbers that govern a subnet, as results show them.
        #[derive(Debug, Serialize)]
        pub(super) struct Rules {
            $($name: $kind,)*
        }

        impl From<&Hyperparameters> for Rules {
            fn from(rules: &Hyperparameters) -> Self {
                Self { $($name: rules.$name.into(),)* }
            }
        }

        impl Rules {
            const NAMES: &[&str] = &[$(stringify!($name)),*];

            pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($name), self.$name.to_string())),*]
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(non_camel_case_types, reason = "the names are those that people type")]
        enum Rule {
            $($name($kind),)*
        }

        impl FromStr for RuleChange {
            type Err = InvalidRule;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let (name, value) = text.split_once('=').ok_or(InvalidRule::NoValue)?;
                match name {
                    $(stringify!($name) => match value.parse() {
                        Ok(value) => Ok(Self(Rule::$name(value))),
                        Err(error) => Err(InvalidRule::Value {
                            name: stringify!($name),
                            value: value.to_owned(),
                            reason: error.to_string(),
                        }),
                    },)*
                    _ => Err(InvalidRule::Unknown(name.to_owned())),
                }
            }
        }

        /// All changes together; of two of the same name the last counts.
        pub(super) fn together(changes: &[RuleChange]) -> HyperparameterChanges {
            let mut together = HyperparameterChanges::default();
            for RuleChange(rule) in changes {
                match *rule {
                    $(Rule::$name(value) => together.$name = Some(value.into()),)*
                }
            }
            together
        }
    };
}

rules! {
    rho: u16,
    kappa: u16,
    immunity_period: u16,
    tempo: u16,
    max_validators: u16,
    activity_cutoff: u16,
    max_allowed_uids: u16,
    max_allowed_validators: u16,
    min_allowed_weights: u16,
    max_weights_limit: u16,
    base_dendron_cost: Decimal,
    current_difficulty: u64,
    target_registrations_per_interval: u16,
    max_registrations_per_block: u16,
    weights_rate_limit: u64,
    registration_allowed: bool,
    commit_reveal_enabled: bool,
    commit_reveal_period: u64,
    serving_rate_limit: u64,
    validator_threshold: Decimal,
    dendron_threshold: Decimal,
}

#[cfg(test)]
mod tests {
    use hetu::Amount;

    use super::*;

    #[test]
    fn changes_are_typed_by_name_and_amounts_are_in_hetu() {
        let typed = ["tempo=359", "base_dendron_cost=2.5", "registration_allowed=false"];
        let changes: Vec<RuleChange> = typed.map(|text| text.parse().unwrap()).into();
        let expected = HyperparameterChanges {
            tempo: Some(359),
            base_dendron_cost: Some(Amount::from_wei(2_500_000_000_000_000_000)),
            registration_allowed: Some(false),
            ..Default::default()
        };
        assert_eq!(together(&changes), expected);
    }

    #[test]
    fn what_is_no_change_is_refused() {
        for text in ["tempo", "tempi=1", "tempo=65536", "tempo=", "kappa=0.5", "Tempo=1"] {
            assert!(text.parse::<RuleChange>().is_err(), "{text:?}");
        }
        let unknown = "tempi=1".parse::<RuleChange>().unwrap_err().to_string();
        assert!(unknown.contains("tempo, "), "{unknown}");
    }
}
