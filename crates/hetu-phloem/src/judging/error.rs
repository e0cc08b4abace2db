//! The errors of judging.

use hetu_chain::{Retryability, Retryable};
use hetu_metastruct::StaleView;

use crate::FolderError;

/// An error of judging miners.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// A view of the subnet that is too old to judge by.
    #[error(transparent)]
    Stale(#[from] StaleView),
    /// A failure to read or write the saved averages.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A shutdown of the runtime. The round does not count.
    #[error("the round was interrupted because the runtime shuts down")]
    Interrupted,
    /// A lack of system randomness for the seed.
    #[error("the operating system has no randomness")]
    Randomness,
}

impl Retryable for JudgeError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Stale(stale) => stale.retryability(),
            Self::Folder(error) => error.retryability(),
            Self::Randomness | Self::Interrupted => Retryability::Retryable,
        }
    }
}
