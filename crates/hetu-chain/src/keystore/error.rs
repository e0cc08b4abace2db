//! What can go wrong with key files.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::text::ForeignError;
use crate::{Retryability, Retryable};

/// Why a key file was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// The password does not open the file.
    #[error("wrong password")]
    WrongPassword,
    /// The file is not a version 3 key file.
    #[error("not a version 3 key file: {reason}")]
    Malformed {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// The file asks for more work than any honest key file does.
    #[error("the key file asks for too much work: {reason}")]
    TooCostly {
        /// Which parameter is too large.
        reason: String,
    },
    /// There is a wallet with this name already; nothing was written.
    #[error("{} exists already: choose another name or move the file away", path.display())]
    AlreadyExists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// No wallet has this name.
    #[error("no wallet named {name} in {}", folder.display())]
    NotFound {
        /// The name that was asked for.
        name: String,
        /// The folder that was searched.
        folder: PathBuf,
    },
    /// Others than the owner can read or change a file or folder of keys.
    #[error(
        "{} is open to others (mode {mode:o}): make sure that nobody has used it, then run \
         chmod go= {}",
        path.display(),
        path.display()
    )]
    TooOpen {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The name cannot be the name of a file in the folder.
    #[error(
        "{name:?} is not a wallet name: use 1 to 64 letters of a to z, digits, '-', '_' or '.', \
         no '.' at either end, and no name of a device such as con"
    )]
    InvalidName {
        /// The refused name.
        name: String,
    },
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl KeystoreError {
    pub(super) fn malformed(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Malformed { reason: ForeignError::new(reason) }
    }
}

impl Retryable for KeystoreError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
