//! What a command can end with, and the exit code that says so.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hetu::Address;
use hetu::chain::{
    ChainError, InvalidSecretKey, InvalidSignature, KeystoreError, MnemonicError, NetworkError,
};
use hetu::metastruct::SyncError;
use hetu::phloem::BuildError;
use hetu::xylem::XylemError;
use hetu_devnet::{DevnetError, InvalidDeployment, StateFolderError};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error(transparent)]
    SecretKey(#[from] InvalidSecretKey),
    #[error(transparent)]
    Mnemonic(#[from] MnemonicError),
    #[error(transparent)]
    Signature(#[from] InvalidSignature),
    #[error("the signature is by {found} and not by {expected}")]
    OtherSigner { expected: Address, found: Address },
    #[error("{count} files were skipped: import each with hetu wallet import NAME --keystore FILE")]
    NotImported { count: usize },
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    #[error(transparent)]
    Xylem(XylemError),
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error(transparent)]
    Deployment(#[from] InvalidDeployment),
    #[error("{0}")]
    Terminal(#[from] io::Error),
    #[error("{0}")]
    Usage(&'static str),
    #[error("the weights on chain are not those that were set")]
    WeightsNotKept,
}

impl CliError {
    pub(crate) fn exit_code(&self) -> ExitCode {
        const OTHER: u8 = 1;
        const USAGE: u8 = 2;
        const CHAIN: u8 = 3;
        const REMOTE: u8 = 4;
        const NOT_FOUND: u8 = 5;
        ExitCode::from(match self {
            Self::Usage(_)
            | Self::Malformed { .. }
            | Self::SecretKey(_)
            | Self::Mnemonic(_)
            | Self::Signature(_)
            | Self::Network(NetworkError::Addresses { .. })
            | Self::Devnet(DevnetError::StateFolder(
                StateFolderError::Foreign { .. } | StateFolderError::OtherSetting { .. },
            ))
            | Self::Keystore(KeystoreError::InvalidName { .. }) => USAGE,
            Self::Chain(ChainError::NoSubnet(_))
            | Self::Network(NetworkError::Unknown { .. })
            | Self::Keystore(KeystoreError::NotFound { .. }) => NOT_FOUND,
            Self::Chain(ChainError::Rpc(_)) => REMOTE,
            Self::Chain(_) | Self::WeightsNotKept => CHAIN,
            _ => OTHER,
        })
    }
}

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Chain(error) => Self::Chain(error),
            other => Self::Terminal(io::Error::other(other)),
        }
    }
}

impl From<XylemError> for CliError {
    fn from(error: XylemError) -> Self {
        match error {
            XylemError::Chain(error) => Self::Chain(error),
            XylemError::Sync(error) => error.into(),
            other => Self::Xylem(other),
        }
    }
}

impl From<BuildError> for CliError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Chain(error) => Self::Chain(error),
            BuildError::Sync(error) => error.into(),
            other => Self::Terminal(io::Error::other(other)),
        }
    }
}
