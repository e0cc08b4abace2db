//! Errors of the input of an epoch.

use crate::{Address, Retryability, Retryable};

/// A contradiction in the input of an epoch. The calculation never guesses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEpoch {
    /// An account that occurs twice.
    #[error("{account} is in the epoch twice: name each dendron once")]
    DuplicateNode {
        /// The account.
        account: Address,
    },
    /// A row of weights or bonds that names an account twice.
    #[error("{account} gives {destination} two weights or bonds: name each destination once")]
    DuplicateDestination {
        /// The account of the row.
        account: Address,
        /// The account that is named twice.
        destination: Address,
    },
    /// More nodes than a subnet can have.
    #[error("an epoch of {count} dendrons: a subnet has at most 65536")]
    TooManyNodes {
        /// The number of nodes.
        count: usize,
    },
    /// An emission of 2^128 wei or more, which is above the final supply.
    #[error("the emission is above anything a subnet can have: check its unit, which is wei")]
    EmissionTooLarge,
    /// A parameter outside of its bounds.
    #[error("the parameter {name} is outside of the bounds that its documentation names")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
    },
}

impl Retryable for InvalidEpoch {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
