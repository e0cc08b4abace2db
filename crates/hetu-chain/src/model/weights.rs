//! Rows of weights and commitments to them.

use serde::{Deserialize, Serialize};

use super::Weight;
use crate::Address;
use crate::primitives::Bytes32;

/// The weights that a validator gives to dendrons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightRow {
    /// The validator.
    pub validator: Address,
    /// The block in which it set the row; `None` on the published network.
    pub last_set: Option<u64>,
    /// The weights; dendrons that are not among them have no weight.
    pub weights: Vec<Weight>,
}

/// A row that a validator has committed to and not revealed (`Weights.commitments`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commitment {
    /// The hash of the row.
    pub hash: Bytes32,
    /// The first block in which it can be revealed.
    pub reveal_from: u64,
    /// The last block in which it can be revealed.
    pub reveal_until: u64,
}

/// A row of weights that a validator commits to and later reveals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretWeights {
    /// The row.
    pub weights: Vec<Weight>,
    /// The version of the rules by which the validator scored.
    pub version_key: u64,
    /// A random value, secret until the row is revealed: with it, an observer could guess the row.
    pub salt: Bytes32,
}
