//! Errors of the daily fee count.

use std::io;
use std::path::PathBuf;

use crate::text::ForeignError;
use crate::{Retryability, Retryable};

/// An error of reading or writing the daily fees. No transaction is sent without them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeeLedgerError {
    /// A file operation failed.
    #[error("the fee ledger {} cannot be {action}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The operation.
        action: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file does not hold a fee ledger.
    #[error(
        "the fee ledger {} is damaged ({reason}): remove it once the account's recent fees are \
         checked",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The difference to a fee ledger.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for FeeLedgerError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::File { .. } => Retryability::Retryable,
            Self::Damaged { .. } => Retryability::Final,
        }
    }
}
