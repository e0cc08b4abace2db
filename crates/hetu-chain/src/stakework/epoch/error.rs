//! Errors of the input of an epoch.

use crate::{Address, Retryability, Retryable};

/// Why an epoch cannot be calculated: its input contradicts itself. Nothing is guessed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEpoch {
    /// An account takes part twice.
    #[error("{account} is in the epoch twice: name each dendron once")]
    DuplicateNode {
        /// The account.
        account: Address,
    },
    /// A row of weights or bonds names an account twice.
    #[error("{account} gives {destination} two weights or bonds: name each destination once")]
    DuplicateDestination {
        /// Whose row it is.
        account: Address,
        /// Who is named twice.
        destination: Address,
    },
    /// More nodes than a subnet can have.
    #[error("an epoch of {count} dendrons: a subnet has at most 65536")]
    TooManyNodes {
        /// How many there are.
        count: usize,
    },
    /// The emission is 2^128 wei or more, which is more than there will ever be.
    #[error("the emission is above anything a subnet can have: check its unit, which is wei")]
    EmissionTooLarge,
    /// A parameter is outside its bounds.
    #[error("the parameter {name} is outside of the bounds that its documentation names")]
    Parameter {
        /// Its name.
        name: &'static str,
    },
}

impl Retryable for InvalidEpoch {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
