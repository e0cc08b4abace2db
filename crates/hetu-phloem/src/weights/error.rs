//! The errors of setting weights.

use hetu_chain::{Address, ChainError, NetUid, Retryability, Retryable};
use hetu_metastruct::SyncError;

use crate::FolderError;

/// An error of setting weights. The current plan stays on disk, unless the error states that it was
/// given up; the next call continues with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightError {
    /// A refusal of the chain, or a failure to reach it.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A failure to update the view of the subnet.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// A failure to read or write the saved state.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A lack of system randomness for the salt.
    #[error("the operating system has no randomness")]
    Randomness,
    /// An account that is no validator of the subnet.
    #[error("{account} is no validator of subnet {netuid}: register it first")]
    NotValidator {
        /// The account.
        account: Address,
        /// The subnet.
        netuid: NetUid,
    },
    /// A validator with less stake than the subnet requires.
    #[error("{account} is not active in subnet {netuid}: allocate more stake to it")]
    Inactive {
        /// The account.
        account: Address,
        /// The subnet.
        netuid: NetUid,
    },
    /// A new registration of the validator while a plan was in progress. The plan was given up,
    /// because it belongs to the previous registration.
    #[error(
        "{account} registered anew in block {registered_at}: the weights that were under way are \
         given up"
    )]
    Reregistered {
        /// The account.
        account: Address,
        /// The block of the new registration.
        registered_at: u64,
    },
    /// A version of the subnet's rules that is newer than the validator's.
    #[error(
        "the subnet asks for version {required} of its rules, and the validator judges by \
         {judged_by}: update the validator"
    )]
    OutdatedRules {
        /// The version of the validator.
        judged_by: u64,
        /// The minimum version of the subnet.
        required: u64,
    },
    /// Other weights of the same account on the chain than in the plan: the same key is used
    /// elsewhere. The plan was given up.
    #[error("the key of {account} sets weights elsewhere too (block {seen_at})")]
    SetElsewhere {
        /// The account.
        account: Address,
        /// The newest block when that was detected.
        seen_at: u64,
    },
    /// A plan that the subnet no longer takes, because its dendrons or rules changed. It was given
    /// up, and another one is made when it is time.
    #[error("the weights that were under way are out of date and given up: {reason}")]
    Outdated {
        /// The message of the contract, or the change.
        reason: String,
    },
    /// A state of the chain that keeps changing. The plan was not given up.
    #[error("the chain did not settle: it changed while it was read")]
    Unsettled,
}

impl Retryable for WeightError {
    /// Returns `Retryable` if a transaction may have been sent: its key prevents a second one.
    fn retryability(&self) -> Retryability {
        match self {
            Self::Chain(
                ChainError::Unconfirmed { .. }
                | ChainError::Uncertain { .. }
                | ChainError::Replaced { .. }
                | ChainError::Cancelled { .. }
                | ChainError::Interrupted { .. },
            )
            | Self::Outdated { .. }
            | Self::Reregistered { .. }
            | Self::Unsettled
            | Self::Randomness => Retryability::Retryable,
            Self::Folder(error) => error.retryability(),
            Self::Chain(error) => error.retryability(),
            Self::Sync(error) => error.retryability(),
            _ => Retryability::Final,
        }
    }
}
