//! What can go wrong with the configuration of networks.

use std::io;
use std::path::PathBuf;

use super::InvalidRpcUrl;
use crate::text::ForeignError;
use crate::{Retryability, Retryable};

/// Why a network could not be looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No preset and no entry of `networks.toml` has this name.
    #[error(
        "unknown network {name}: the known ones are {}; add others with hetu network add",
        known.join(", ")
    )]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The configuration cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The configuration is not what it should be.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line and the fault, without the content: that may be a url with credentials, which
        /// is why the error of the parser is not kept.
        reason: String,
    },
    /// There is a network with this name already; nothing was changed.
    #[error("there is a network {name} already: rename one, or remove it from {}", path.display())]
    AlreadyKnown {
        /// The name.
        name: String,
        /// The configuration.
        path: PathBuf,
    },
    /// `$HETU_RPC_URL` is not a url, or a list of urls, or all of them are of websockets.
    #[error("HETU_RPC_URL: {0}")]
    RpcUrl(#[from] InvalidRpcUrl),
    /// A file of contract addresses is not complete, or contradicts itself.
    #[error("the addresses of the contracts: {reason}")]
    Addresses {
        /// The missing or wrong address.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for NetworkError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
