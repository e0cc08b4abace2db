//! Rows of weights on the command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use hetu::Address;
use hetu::chain::model::Weight;
use hetu::chain::text::ForeignError;

use crate::account::{AccountChoice, InvalidAccountChoice};
use crate::context::Context;
use crate::error::CliError;
use crate::input::text_of;

/// Maximum length of a file, far more than 65,535 dendrons need.
const MAX_FILE_LENGTH: u64 = 8 << 20;

#[derive(Args, Debug)]
#[group(id = "row", required = true, multiple = false)]
pub(super) struct RowArguments {
    /// A dendron, by its address or the name of a wallet, and its weight: a whole number, of which
    /// the proportion to the others matters.
    #[arg(value_name = "ACCOUNT=WEIGHT")]
    weights: Vec<WeightChoice>,
    /// Read them from a file in JSON: {"ACCOUNT": WEIGHT, …}.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct WeightChoice {
    dendron: AccountChoice,
    weight: u128,
}

/// Error of a text that is not a weight of a dendron.
#[derive(Debug, thiserror::Error)]
enum InvalidWeightChoice {
    #[error(
        "expected ACCOUNT=WEIGHT, such as miner=10 or 0x70997970C51812dc3A010C7d01b50e0d17dc79C8=10"
    )]
    NoPair,
    #[error("{dendron:?} names no account: {reason}")]
    Account {
        dendron: String,
        #[source]
        reason: InvalidAccountChoice,
    },
    #[error("{weight:?} is no weight: a whole number is expected")]
    Weight { weight: String },
}

impl FromStr for WeightChoice {
    type Err = InvalidWeightChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (dendron, weight) = text.split_once('=').ok_or(InvalidWeightChoice::NoPair)?;
        let weight = weight
            .parse()
            .map_err(|_| InvalidWeightChoice::Weight { weight: weight.to_owned() })?;
        Ok(Self { dendron: account(dendron)?, weight })
    }
}

fn account(text: &str) -> Result<AccountChoice, InvalidWeightChoice> {
    text.parse().map_err(|reason: InvalidAccountChoice| InvalidWeightChoice::Account {
        dendron: text.to_owned(),
        reason,
    })
}

impl RowArguments {
    /// Returns the row, in which no dendron occurs twice.
    pub(super) fn row(&self, context: &Context) -> Result<Vec<Weight>, CliError> {
        let Some(path) = &self.file else {
            return resolved(&self.weights, context);
        };
        let malformed = |reason| CliError::Malformed { path: path.clone(), reason };
        let choices = parse(&text_of(path, MAX_FILE_LENGTH)?).map_err(malformed)?;
        match resolved(&choices, context) {
            Err(CliError::WeightTwice { dendron }) => {
                Err(malformed(format!("{dendron} stands twice").into()))
            }
            row => row,
        }
    }
}

/// Returns the weights by address. A dendron that is named twice is refused, because the intended
/// weight is ambiguous.
fn resolved(choices: &[WeightChoice], context: &Context) -> Result<Vec<Weight>, CliError> {
    let mut weights: BTreeMap<Address, u128> = BTreeMap::new();
    let mut row = Vec::with_capacity(choices.len());
    for WeightChoice { dendron, weight } in choices {
        let (dendron, weight) = (context.address_of(dendron)?, *weight);
        if weights.insert(dendron, weight).is_some() {
            return Err(CliError::WeightTwice { dendron });
        }
        row.push(Weight { dendron, weight });
    }
    Ok(row)
}

fn parse(text: &str) -> Result<Vec<WeightChoice>, ForeignError> {
    let Entries(choices) = serde_json::from_str(text).map_err(ForeignError::new)?;
    if choices.is_empty() {
        return Err("no weights".into());
    }
    Ok(choices)
}

/// All entries of the object, including those with equal names.
struct Entries(Vec<WeightChoice>);

impl<'de> serde::Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object of accounts and whole numbers")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut entries: A,
            ) -> Result<Entries, A::Error> {
                let mut choices = Vec::new();
                while let Some((name, weight)) = entries.next_entry::<String, u64>()? {
                    let dendron = account(&name).map_err(serde::de::Error::custom)?;
                    choices.push(WeightChoice { dendron, weight: weight.into() });
                }
                Ok(Entries(choices))
            }
        }

        reader.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const OTHER: &str = "miner";

    #[test]
    fn a_file_is_an_object_of_addresses_and_weights() {
        let row = parse(&format!(r#"{{"{ONE}": 10, "{OTHER}": 0}}"#)).unwrap();
        assert_eq!(row.len(), 2);
        assert_eq!(row[0], WeightChoice { dendron: ONE.parse().unwrap(), weight: 10 });
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"0x70997970C51812dc3A010C7d01b50e0d17dc79C9": 1}"#,
            &format!(r#"{{"{ONE}": -1}}"#),
            &format!(r#"{{"{ONE}": 0.5}}"#),
            r#"{"../miner": 1}"#,
            r#"{"0x1": 1}"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in [ONE, "10", &format!("{ONE}=-1"), &format!("{ONE}=0.5"), "0x1=1"] {
            assert!(text.parse::<WeightChoice>().is_err(), "{text}");
        }
    }
}
