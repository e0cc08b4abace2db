//! Errors of the configuration of networks.

use std::io;
use std::path::PathBuf;

use super::InvalidRpcUrl;
use crate::text::ForeignError;
use crate::{Retryability, Retryable};

/// The reason for which a network could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A name that no preset and no entry of `networks.toml` has.
    #[error(
        "unknown network {name}: the known ones are {}; add others with hetu network add",
        known.join(", ")
    )]
    Unknown {
        /// The requested name.
        name: String,
        /// The known names.
        known: Vec<String>,
    },
    /// A configuration that cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A configuration that is invalid.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line and the fault, without the content, which may be a URL with credentials. For
        /// the same reason the parser's error is not kept.
        reason: String,
    },
    /// A name that another network has. The file was not changed.
    #[error("there is a network {name} already: rename one, or remove it from {}", path.display())]
    AlreadyKnown {
        /// The name.
        name: String,
        /// The configuration file.
        path: PathBuf,
    },
    /// A value of `$HETU_RPC_URL` that is not a URL or a list of URLs, or that has only websocket
    /// URLs.
    #[error("HETU_RPC_URL: {0}")]
    RpcUrl(#[from] InvalidRpcUrl),
    /// A file of contract addresses that is incomplete or contradictory.
    #[error("the addresses of the contracts: {reason}")]
    Addresses {
        /// The missing or invalid address.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for NetworkError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
