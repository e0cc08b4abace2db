//! Hyperparameters by name, shown and typed.

use std::str::FromStr;

use hetu::chain::model::{HyperparameterChanges, Hyperparameters};
use serde::Serialize;

use crate::decimal::Decimal;
use crate::error::RulesConflict;

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
    #[error("{value:?} is not a value of {name}, which is {bounds}")]
    Value { name: &'static str, value: String, bounds: &'static str },
}

/// One list of the names, for showing and for typing.
macro_rules! rules {
    ($($name:ident: $kind:ty, $within:expr, $bounds:literal;)*) => {
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

            /// The bounds of each value, as help shows them.
            pub(super) const BOUNDS: &[(&str, &str)] = &[$((stringify!($name), $bounds)),*];

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
                    $(stringify!($name) => {
                        let is_within: fn(&$kind) -> bool = $within;
                        match value.parse() {
                            Ok(value) if is_within(&value) => Ok(Self(Rule::$name(value))),
                            _ => Err(InvalidRule::Value {
                                name: stringify!($name),
                                value: value.to_owned(),
                                bounds: $bounds,
                            }),
                        }
                    })*
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

// The bounds are those of contracts/src/HyperparamRules.sol, which a test tries.
rules! {
    rho: u16, |value| (1..=1_000).contains(value), "from 1 to 1000";
    kappa: u16, |value| *value >= 1, "from 1 to 65535";
    immunity_period: u16, |value| (1..=10_000).contains(value), "from 1 to 10000";
    tempo: u16, |value| (1..=10_000).contains(value), "from 1 to 10000";
    max_validators: u16, |value| (1..=1_000).contains(value),
        "from 1 to 1000, at most max_allowed_validators";
    activity_cutoff: u16, |value| (1..=50_000).contains(value), "from 1 to 50000";
    max_allowed_uids: u16, |value| *value >= 1, "from 1 to 65535";
    max_allowed_validators: u16, |value| (1..=1_000).contains(value),
        "from 1 to 1000, at least max_validators";
    min_allowed_weights: u16, |value| (1..=10_000).contains(value),
        "from 1 to 10000, at most max_weights_limit";
    max_weights_limit: u16, |value| (1..=10_000).contains(value),
        "from 1 to 10000, at least min_allowed_weights";
    base_dendron_cost: Decimal, is_positive, "HETU, above 0";
    current_difficulty: u64, |value| *value >= 1, "at least 1";
    target_registrations_per_interval: u16, |value| (1..=100).contains(value), "from 1 to 100";
    max_registrations_per_block: u16, |value| (1..=10).contains(value), "from 1 to 10";
    weights_rate_limit: u64, |value| (1..=10_000).contains(value), "from 1 to 10000";
    registration_allowed: bool, |_| true, "true or false";
    commit_reveal_enabled: bool, |_| true, "true or false";
    commit_reveal_period: u64, |value| (1..=10_000).contains(value), "from 1 to 10000";
    serving_rate_limit: u64, |value| (1..=1_000).contains(value), "from 1 to 1000";
    validator_threshold: Decimal, is_positive, "HETU, above 0, at least dendron_threshold";
    dendron_threshold: Decimal, is_positive, "HETU, above 0, at most validator_threshold";
}

fn is_positive(value: &Decimal) -> bool {
    !value.0.is_zero()
}

impl Rules {
    /// Checks what spans two hyperparameters, which the contract refuses without naming either.
    pub(super) fn check(&self) -> Result<(), RulesConflict> {
        let pairs = [
            (
                ("max_validators", self.max_validators.to_string()),
                ("max_allowed_validators", self.max_allowed_validators.to_string()),
                self.max_validators <= self.max_allowed_validators,
            ),
            (
                ("min_allowed_weights", self.min_allowed_weights.to_string()),
                ("max_weights_limit", self.max_weights_limit.to_string()),
                self.min_allowed_weights <= self.max_weights_limit,
            ),
            (
                ("dendron_threshold", self.dendron_threshold.to_string()),
                ("validator_threshold", self.validator_threshold.to_string()),
                self.dendron_threshold.0 <= self.validator_threshold.0,
            ),
        ];
        match pairs.into_iter().find(|(_, _, holds)| !holds) {
            Some(((lower, low), (upper, high), _)) => {
                Err(RulesConflict { lower, low, upper, high })
            }
            None => Ok(()),
        }
    }
}

/// The hyperparameters and their bounds, below the options of a command.
pub(super) fn help() -> String {
    let width = Rules::NAMES.iter().map(|name| name.len()).max().unwrap_or_default();
    let rows = Rules::BOUNDS.iter().map(|(name, bounds)| format!("  {name:width$}  {bounds}"));
    format!("Hyperparameters:\n{}", rows.collect::<Vec<_>>().join("\n"))
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
    fn value_out_of_bounds_is_refused_with_its_bounds() {
        for (text, bounds) in [
            ("tempo=0", "from 1 to 10000"),
            ("tempo=10001", "from 1 to 10000"),
            ("rho=1001", "from 1 to 1000"),
            ("max_registrations_per_block=11", "from 1 to 10"),
            ("dendron_threshold=0", "above 0"),
            ("registration_allowed=1", "true or false"),
        ] {
            let error = text.parse::<RuleChange>().unwrap_err().to_string();
            assert!(error.contains(bounds), "{error}");
        }
        assert!(
            Rules::BOUNDS
                .iter()
                .all(|(name, bounds)| help().contains(name) && help().contains(bounds))
        );
        assert_eq!(Rules::BOUNDS.len(), 21);
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
