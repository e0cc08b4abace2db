//! Why a state folder cannot be used.

use std::error::Error;
use std::path::{Path, PathBuf};

use hetu_chain::{Retryability, Retryable};

/// Why a state folder cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFolderError {
    /// Another chain, of this process or another, runs in the folder.
    #[error("{} is in use by another chain: stop that one, or name another folder", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds something, but no chain.
    #[error(
        "{} is not empty and holds no chain: name an empty or a new folder", folder.display()
    )]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// The chain was written by another version of this crate.
    #[error(
        "{} has format {found}, and this version reads format {supported}: use the version that \
         wrote it, or name another folder", folder.display()
    )]
    OtherFormat {
        /// The folder.
        folder: PathBuf,
        /// The format that it has.
        found: String,
        /// The format that this version reads.
        supported: u64,
    },
    /// The chain in the folder was made with another setting than the one given.
    #[error(
        "the chain in {} has {setting} {stored}, not {given}: leave the setting out, or name \
         another folder", folder.display()
    )]
    OtherSetting {
        /// The folder.
        folder: PathBuf,
        /// Which setting.
        setting: &'static str,
        /// What the chain was made with.
        stored: String,
        /// What was asked for.
        given: String,
    },
    /// The files in the folder are not what this crate wrote.
    #[error(
        "the chain in {} is damaged: {source}; bring the folder back from a copy, or name another",
        folder.display()
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// The fault that was found.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The folder cannot be read or written.
    #[error("{} cannot be used: {source}; see to its permissions and the space left", folder.display())]
    Inaccessible {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
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

    /// What a fault of the database means to the user of the folder.
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

/// Whether a fault lies with the machine and not with what the file says.
fn is_about_access(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind;
    !matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput)
}
