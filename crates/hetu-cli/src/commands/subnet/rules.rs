//! Hyperparameters in the format of results and help.

use hetu::chain::model::{Hyperparameter, HyperparameterValue, Hyperparameters};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::decimal::Decimal;

/// The hyperparameters of a subnet in the format of results.
#[derive(Debug)]
pub(super) struct Rules(Hyperparameters);

impl From<&Hyperparameters> for Rules {
    fn from(rules: &Hyperparameters) -> Self {
        Self(*rules)
    }
}

impl Rules {
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        self.0.values().map(|(name, value)| (name, value.to_string())).into()
    }
}

/// Serialized by name, with amounts as decimal text.
impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self.0.values();
        let mut map = serializer.serialize_map(Some(values.len()))?;
        for (name, value) in values {
            match value {
                HyperparameterValue::Integer(value) => map.serialize_entry(name, &value)?,
                HyperparameterValue::Flag(value) => map.serialize_entry(name, &value)?,
                HyperparameterValue::Amount(value) => map.serialize_entry(name, &Decimal(value))?,
            }
        }
        map.end()
    }
}

/// Returns the help text about hyperparameters and their bounds, below the options of a command.
pub(super) fn help() -> String {
    let names = Hyperparameter::ALL.map(|each| each.name());
    let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let row = |each: Hyperparameter| format!("  {:width$}  {}", each.name(), each.accepted());
    format!("Hyperparameters:\n{}", Hyperparameter::ALL.map(row).join("\n"))
}

#[cfg(test)]
mod tests {
    use hetu::Amount;
    use hetu::chain::model::{HyperparameterChange, HyperparameterChanges};

    use super::*;

    #[test]
    fn changes_are_typed_by_name_and_amounts_are_in_hetu() {
        let typed = ["tempo=359", "base_dendron_cost=2.5", "registration_allowed=false"];
        let changes: Vec<HyperparameterChange> = typed.map(|text| text.parse().unwrap()).into();
        let expected = HyperparameterChanges {
            tempo: Some(359),
            base_dendron_cost: Some(Amount::from_wei(2_500_000_000_000_000_000)),
            registration_allowed: Some(false),
            ..Default::default()
        };
        assert_eq!(HyperparameterChanges::from_iter(changes), expected);
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
            let error = text.parse::<HyperparameterChange>().unwrap_err().to_string();
            assert!(error.contains(bounds), "{error}");
        }
        assert!(
            Hyperparameter::ALL
                .iter()
                .all(|each| help().contains(each.name()) && help().contains(&each.accepted()))
        );
        assert_eq!(Hyperparameter::ALL.len(), 21);
    }

    #[test]
    fn what_is_no_change_is_refused() {
        for text in ["tempo", "tempi=1", "tempo=65536", "tempo=", "kappa=0.5", "Tempo=1"] {
            assert!(text.parse::<HyperparameterChange>().is_err(), "{text:?}");
        }
        let unknown = "tempi=1".parse::<HyperparameterChange>().unwrap_err().to_string();
        assert!(unknown.contains("tempo, "), "{unknown}");
    }
}
