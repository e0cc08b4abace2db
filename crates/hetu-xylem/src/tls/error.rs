//! Why there is no certificate to show.

use std::io;
use std::path::PathBuf;

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

/// Why a miner has no certificate to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file holds something else than what it should, or much more.
    #[error("{} does not hold {expected} in PEM", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// Certificate and key cannot be used: they do not belong together, or are of a kind that is
    /// not supported.
    #[error("the certificate and its key cannot be used: {reason}")]
    Unusable {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// A certificate cannot be made for this name.
    #[error("no certificate can be made for {name:?}: {reason}")]
    NotMade {
        /// The name or address under which the miner is called.
        name: String,
        /// The cause.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for TlsError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
