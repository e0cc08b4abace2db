//! Why weights were not set.

use hetu_chain::{Address, ChainError, NetUid, Retryability, Retryable};
use hetu_metastruct::SyncError;

use crate::FolderError;

/// Why weights were not set. What was under way stays written down, unless the error says that
/// it was given up; the next call goes on with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightError {
    /// The chain refused, or was not reached.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The picture of the subnet could not be brought up to date.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// What is written down cannot be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The system has no randomness for the salt.
    #[error("the operating system has no randomness")]
    Randomness,
    /// The account is no validator of the subnet.
    #[error("{account} is no validator of subnet {netuid}: register it first")]
    NotValidator {
        /// The account.
        account: Address,
        /// The subnet.
        netuid: NetUid,
    },
    /// The validator has less stake than the subnet asks for.
    #[error("{account} is not active in subnet {netuid}: allocate more stake to it")]
    Inactive {
        /// The account.
        account: Address,
        /// The subnet.
        netuid: NetUid,
    },
    /// The validator left and registered again while weights were under way. They were given up:
    /// they were judged by whom the subnet does not know any more.
    #[error(
        "{account} registered anew in block {registered_at}: the weights that were under way are \
         given up"
    )]
    Reregistered {
        /// The account.
        account: Address,
        /// The new registration.
        registered_at: u64,
    },
    /// The subnet's rules have a newer version than those by which was judged.
    #[error(
        "the subnet asks for version {required} of its rules, and the validator judges by \
         {judged_by}: update the validator"
    )]
    OutdatedRules {
        /// The version of the validator.
        judged_by: u64,
        /// The least that the subnet takes.
        required: u64,
    },
    /// The chain has other weights of the same account than those that were under way: the same key
    /// is used elsewhere. They were given up.
    #[error("the key of {account} sets weights elsewhere too (block {seen_at})")]
    SetElsewhere {
        /// The account.
        account: Address,
        /// The newest block when that was seen.
        seen_at: u64,
    },
    /// The subnet does not take the weights any more, because its dendrons or rules changed. They
    /// were given up, and others are made when it is time.
    #[error("the weights that were under way are out of date and given up: {reason}")]
    Outdated {
        /// What the contract said, or what changed.
        reason: String,
    },
    /// The chain keeps changing its mind. Nothing was given up.
    #[error("the chain did not settle: it changed while it was read")]
    Unsettled,
}

impl Retryable for WeightError {
    /// What may have been sent is retryable: it is known by its key, and not sent twice.
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
