//! Rows of weights as they are typed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use hetu::Address;
use hetu::chain::Weight;

use crate::error::CliError;

/// Far more than 65,535 dendrons take.
const MAX_FILE_LENGTH: u64 = 8 << 20;

#[derive(Args, Debug)]
#[group(id = "row", required = true, multiple = false)]
pub(super) struct RowArguments {
    /// A dendron and its weight, a whole number of which only the proportion to the others
    /// matters.
    #[arg(value_name = "ADDRESS=WEIGHT")]
    weights: Vec<WeightChoice>,
    /// Read them from a file in JSON: {"ADDRESS": WEIGHT, …}.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WeightChoice(Weight);

/// A text that is none.
#[derive(Debug, thiserror::Error)]
#[error("expected ADDRESS=WEIGHT, such as 0x70997970C51812dc3A010C7d01b50e0d17dc79C8=10")]
struct InvalidWeightChoice;

impl FromStr for WeightChoice {
    type Err = InvalidWeightChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (dendron, weight) = text.split_once('=').ok_or(InvalidWeightChoice)?;
        let dendron = dendron.parse().map_err(|_| InvalidWeightChoice)?;
        let weight = weight.parse().map_err(|_| InvalidWeightChoice)?;
        Ok(Self(Weight { dendron, weight }))
    }
}

impl RowArguments {
    /// The row, in which no dendron stands twice.
    pub(super) fn row(&self) -> Result<Vec<Weight>, CliError> {
        let Some(path) = &self.file else {
            let row: Vec<_> = self.weights.iter().map(|WeightChoice(weight)| *weight).collect();
            let mut seen = BTreeSet::new();
            return match row.iter().find(|weight| !seen.insert(weight.dendron)) {
                Some(weight) => Err(CliError::WeightTwice { dendron: weight.dendron }),
                None => Ok(row),
            };
        };
        parse(&read(path)?).map_err(|reason| CliError::Malformed { path: path.to_owned(), reason })
    }
}

/// A file that names a dendron twice is refused: which of the two was meant is not known.
fn parse(text: &str) -> Result<Vec<Weight>, String> {
    let row: UniqueWeights = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if row.0.is_empty() {
        return Err("no weights".to_owned());
    }
    Ok(row.0.into_iter().map(|(dendron, weight)| Weight { dendron, weight }).collect())
}

fn read(path: &Path) -> Result<String, CliError> {
    let failed = |source| CliError::File { path: path.to_owned(), source };
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_LENGTH + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_LENGTH {
        return Err(failed(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(text)
}

struct UniqueWeights(BTreeMap<Address, u128>);

impl<'de> serde::Deserialize<'de> for UniqueWeights {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = UniqueWeights;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object of addresses and whole numbers")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut entries: A,
            ) -> Result<UniqueWeights, A::Error> {
                let mut weights = BTreeMap::new();
                while let Some((dendron, weight)) = entries.next_entry::<Address, u64>()? {
                    if weights.insert(dendron, weight.into()).is_some() {
                        return Err(serde::de::Error::custom(format!("{dendron} stands twice")));
                    }
                }
                Ok(UniqueWeights(weights))
            }
        }

        reader.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const OTHER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    #[test]
    fn a_file_is_an_object_of_addresses_and_weights() {
        let row = parse(&format!(r#"{{"{ONE}": 10, "{OTHER}": 0}}"#)).unwrap();
        assert_eq!(row.len(), 2);
        assert_eq!(row[0], Weight { dendron: ONE.parse().unwrap(), weight: 10 });
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
            &format!(r#"{{"{ONE}": 1, "{}": 2}}"#, ONE.to_lowercase()),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in [ONE, "10", &format!("{ONE}=-1"), &format!("{ONE}=0.5"), "0x1=1"] {
            assert!(text.parse::<WeightChoice>().is_err(), "{text}");
        }
    }
}
