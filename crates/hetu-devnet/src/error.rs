//! Why a devnet cannot start.

use std::net::SocketAddr;

use hetu_chain::text::ForeignError;
use hetu_chain::{Address, Retryability, Retryable};

use crate::artifacts::InvalidDeployment;
use crate::chain::UnsavedChange;
use crate::store::StateFolderError;

/// Why a devnet cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevnetError {
    /// Another process, or another devnet of this one, listens on the port.
    #[error("{address} is in use: stop what listens there, or take port 0 for any free port")]
    PortInUse {
        /// Where the server was to listen.
        address: SocketAddr,
    },
    /// The address cannot be listened on, or the process has too many files open.
    #[error("cannot listen on {address}: choose another address or port")]
    Listen {
        /// Where the server was to listen.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The tokio runtime shut down while the devnet started.
    #[error("the tokio runtime stopped: keep it running until the devnet has started")]
    RuntimeStopped,
    /// No account was asked for, but the first one deploys the contracts.
    #[error("the contracts are deployed by the first account: ask for at least one account")]
    NoDeployer,
    /// The accounts cannot be derived from the mnemonic.
    #[error("the accounts cannot be derived: ask for fewer of them")]
    Accounts(#[from] hetu_chain::identity::MnemonicError),
    /// The folder in which the chain is to be kept cannot be used.
    #[error(transparent)]
    StateFolder(#[from] StateFolderError),
    /// The chain cannot be saved any more.
    #[error("the chain cannot be saved in its folder: {reason}")]
    Unsaved {
        /// The error of the database.
        #[source]
        reason: ForeignError,
    },
    /// The deployment plan or a bytecode file of this crate is damaged.
    #[error(transparent)]
    Plan(#[from] InvalidDeployment),
    /// A contract could not be deployed or wired. With default settings this is a fault of this
    /// crate.
    #[error(
        "step \"{step}\" of the deployment failed: {reason}; give the first account more HETU, or blocks more gas"
    )]
    Deployment {
        /// What was to be done.
        step: String,
        /// The answer of the chain.
        #[source]
        reason: ForeignError,
    },
    /// A contract came to stand elsewhere than it should. This is a fault of this crate.
    #[error("\"{step}\" led to {found}, not to {expected}: report this as a fault of hetu-devnet")]
    MisplacedContract {
        /// What was to be done.
        step: String,
        /// Where the contract should stand.
        expected: Address,
        /// Where it stands.
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
