//! The errors of TLS certificates.

use std::io;
use std::path::PathBuf;

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

/// The reason why a miner has no usable certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file with unexpected content, or far too much of it.
    #[error("{} does not hold {expected} in PEM", path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The expected content.
        expected: &'static str,
    },
    /// A certificate and a key that do not match or have an unsupported type.
    #[error("the certificate and its key cannot be used: {reason}")]
    Unusable {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// A certificate that cannot be created for a name.
    #[error("no certificate can be made for {name:?}: {reason}")]
    NotMade {
        /// The name or address of the miner.
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
