//! Errors of a state folder.

use std::error::Error;
use std::path::{Path, PathBuf};

use hetu_chain::{Retryability, Retryable};

/// Error of a state folder. The content of the folder is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFolderError {
    /// The folder is in use by another chain, of this process or another.
    #[error("{} is in use by another chain: stop that one, or name another folder", folder.display())]
    InUse {
        /// Path of the folder.
        folder: PathBuf,
    },
    /// The folder is not empty and holds no chain.
    #[error(
        "{} is not empty and holds no chain: name an empty or a new folder", folder.display()
    )]
    Foreign {
        /// Path of the folder.
        folder: PathBuf,
    },
    /// The chain was written by another version of this crate.
    #[error(
        "{} has format {found}, and this version reads format {supported}: use the version that \
         wrote it, or name another folder", folder.display()
    )]
    OtherFormat {
        /// Path of the folder.
        folder: PathBuf,
        /// Format of the chain in the folder.
        found: String,
        /// Format that this version reads.
        supported: u64,
    },
    /// The chain in the folder has another value of a setting than the requested one.
    #[error(
        "the chain in {} has {setting} {stored}, not {given}: leave the setting out, or name \
         another folder", folder.display()
    )]
    OtherSetting {
        /// Path of the folder.
        folder: PathBuf,
        /// Name of the setting.
        setting: &'static str,
        /// Stored value.
        stored: String,
        /// Requested value.
        given: String,
    },
    /// The files in the folder are damaged or were not written by this crate.
    #[error(
        "the chain in {} is damaged: {source}; bring the folder back from a copy, or name another",
        folder.display()
    )]
    Damaged {
        /// Path of the folder.
        folder: PathBuf,
        /// Cause of the error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The folder cannot be read or written.
    #[error("{} cannot be used: {source}; see to its permissions and the space left", folder.display())]
    Inaccessible {
        /// Path of the folder.
        folder: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
}

impl StateFolderError {
    fn damaged(folder: &Path, source: redb::Error) -> Self {
        Self::Damaged { folder: folder.to_owned(), source: source.into() }
    }

    pub(crate) fn inaccessible(folder: &Path, source: std::io::Error) -> Self {
        Self::Inaccessible { folder: folder.to_owned(), source }
    }

    /// Converts an error of the database to an error of the folder.
    pub(crate) fn of_database(folder: &Path, error: impl Into<redb::Error>) -> Self {
        match error.into() {
            redb::Error::Io(source) if is_about_access(source.kind()) => {
                Self::inaccessible(folder, source)
            }
            redb::Error::DatabaseAlreadyOpen => Self::InUse { folder: folder.to_owned() },
            error => Self::damaged(folder, error),
        }
    }
}

impl Retryable for StateFolderError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::InUse { .. } => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}

/// Returns `true` if the error comes from the machine and not from the content of the file.
fn is_about_access(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind;
    !matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput)
}
