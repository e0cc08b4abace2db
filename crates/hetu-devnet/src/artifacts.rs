//! Contract bytecode.

use std::error::Error;

use alloy_primitives::hex;
use hetu_chain::text::ForeignError;
use serde::Deserialize;

macro_rules! artifacts {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../artifacts/", $name, ".json")))),*]
    };
}

pub(crate) const ARTIFACTS: &[(&str, &str)] = artifacts![
    "DendronCrowd",
    "DendronManager",
    "GlobalStaking",
    "HetuTimelock",
    "Lens",
    "PublishedFacade",
    "RewardDistributor",
    "SubnetAMMFactory",
    "SubnetManager",
    "WHETU",
    "Weights"
];

#[derive(Deserialize)]
struct ContractArtifact {
    bytecode: String,
}

pub(crate) fn bytecode(contract: &str) -> Result<Vec<u8>, InvalidDeployment> {
    let found = ARTIFACTS.iter().find(|(name, _)| *name == contract);
    let (_, json) = found.ok_or_else(|| damaged(contract, "there is no bytecode of it"))?;
    let artifact: ContractArtifact =
        serde_json::from_str(json).map_err(|error| damaged(contract, error))?;
    hex::decode(artifact.bytecode).map_err(|error| damaged(contract, error))
}

pub(crate) fn damaged(
    file: &str,
    reason: impl Into<Box<dyn Error + Send + Sync>>,
) -> InvalidDeployment {
    InvalidDeployment { file: file.to_owned(), reason: ForeignError::new(reason) }
}

/// Error of a damaged plan or bytecode file in this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} is damaged, so build the contracts again: {reason}")]
#[non_exhaustive]
pub struct InvalidDeployment {
    /// Name of the damaged file.
    pub file: String,
    /// Cause of the error.
    #[source]
    pub reason: ForeignError,
}
