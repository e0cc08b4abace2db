//! Errors of key files.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::text::ForeignError;
use crate::{Retryability, Retryable};

/// The reason for which a key file was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// A password that does not decrypt the file.
    #[error("wrong password")]
    WrongPassword,
    /// A file that is not a version 3 key file.
    #[error("not a version 3 key file: {reason}")]
    Malformed {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// A file whose key derivation costs more than that of any honest key file.
    #[error("the key file asks for too much work: {reason}")]
    TooCostly {
        /// The parameter that is too large.
        reason: String,
    },
    /// A name that another wallet has. No file was written.
    #[error("{} exists already: choose another name or move the file away", path.display())]
    AlreadyExists {
        /// The existing file.
        path: PathBuf,
    },
    /// A name that no wallet has.
    #[error("no wallet named {name} in {}", folder.display())]
    NotFound {
        /// The requested name.
        name: String,
        /// The folder that was searched.
        folder: PathBuf,
    },
    /// A file or folder of keys that other users can read or change.
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
    /// A name that is not allowed as a file name in the folder.
    #[error(
        "{name:?} is not a wallet name: use 1 to 64 letters of a to z, digits, '-', '_' or '.', \
         no '.' at either end, and no name of a device such as con"
    )]
    InvalidName {
        /// The refused name.
        name: String,
    },
    /// An error of the file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
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
