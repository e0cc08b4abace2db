//! Errors of the start of a devnet.

use std::net::SocketAddr;

use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Retryability, Retryable};

use crate::artifacts::InvalidDeployment;
use crate::chain::UnsavedChange;
use crate::store::StateFolderError;

/// Error of the start of a devnet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevnetError {
    /// The port is in use by another process, or by another devnet of this process.
    #[error("{address} is in use: stop what listens there, or take port 0 for any free port")]
    PortInUse {
        /// Requested address of the server.
        address: SocketAddr,
    },
    /// The server cannot listen on the address, or the process has too many open files.
    #[error("cannot listen on {address}: choose another address or port")]
    Listen {
        /// Requested address of the server.
        address: SocketAddr,
        /// Error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The tokio runtime shut down while the devnet started.
    #[error("the tokio runtime stopped: keep it running until the devnet has started")]
    RuntimeStopped,
    /// Zero accounts were requested, but the first one deploys the contracts.
    #[error("the contracts are deployed by the first account: ask for at least one account")]
    NoDeployer,
    /// The accounts cannot be derived from the mnemonic.
    #[error("the accounts cannot be derived: ask for fewer of them")]
    Accounts(#[from] hetu_chain::identity::MnemonicError),
    /// The state folder cannot be used.
    #[error(transparent)]
    StateFolder(#[from] StateFolderError),
    /// The chain can no longer be saved.
    #[error("the chain cannot be saved in its folder: {reason}")]
    Unsaved {
        /// Error of the database.
        #[source]
        reason: ForeignError,
    },
    /// The deployment plan or a bytecode file of this crate is damaged.
    #[error(transparent)]
    Plan(#[from] InvalidDeployment),
    /// A contract could not be deployed or configured. With default settings this is a bug in this
    /// crate.
    #[error(
        "step \"{step}\" of the deployment failed: {reason}; give the first account more HETU, or blocks more gas"
    )]
    Deployment {
        /// Name of the failed step.
        step: String,
        /// Error of the chain.
        #[source]
        reason: ForeignError,
    },
    /// A contract has an unexpected address. This is a bug in this crate.
    #[error("\"{step}\" led to {found}, not to {expected}: report this as a fault of hetu-devnet")]
    MisplacedContract {
        /// Name of the step.
        step: String,
        /// Expected address of the contract.
        expected: Address,
        /// Actual address of the contract.
        found: Address,
    },
}

impl Retryable for DevnetError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::PortInUse { .. } => Retryability::Retryable,
            Self::StateFolder(error) => error.retryability(),
            _ => Retryability::Final,
        }
    }
}

impl From<UnsavedChange> for DevnetError {
    fn from(UnsavedChange { reason }: UnsavedChange) -> Self {
        Self::Unsaved { reason }
    }
}
