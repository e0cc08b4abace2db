//! The folder of a validator's persistent state.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use hetu_chain::primitives::BlockHash;
use hetu_chain::text::ForeignError;
use hetu_chain::{Address, ChainId, NetUid, Network, Retryability, Retryable, durable_file};
use serde::{Deserialize, Serialize};

/// The owner of the files, and their network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderOrigin {
    chain_id: ChainId,
    /// The first block of the chain, which tells development chains apart. `None` if the files do
    /// no harm on another chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    genesis: Option<BlockHash>,
    /// The contract `Weights`.
    contract: Address,
    netuid: NetUid,
    validator: Address,
}

impl FolderOrigin {
    pub(crate) const fn new(network: &Network, netuid: NetUid, validator: Address) -> Self {
        let (chain_id, contract) = (network.chain_id, network.contracts.weights);
        Self { chain_id, genesis: None, contract, netuid, validator }
    }

    /// Limits the folder to the chain that begins with this block.
    pub(crate) const fn on(mut self, genesis: BlockHash) -> Self {
        self.genesis = Some(genesis);
        self
    }
}

/// The files of one validator in one subnet of one network.
#[derive(Clone, Debug)]
pub(crate) struct SubnetFolder {
    pub(crate) origin: FolderOrigin,
    path: PathBuf,
}

impl SubnetFolder {
    /// Opens the folder in `home`, and creates it if necessary, readable for its owner alone.
    pub(crate) fn open(home: &Path, origin: FolderOrigin) -> Result<Self, FolderError> {
        let FolderOrigin { chain_id, genesis, contract, netuid, validator } = origin;
        let chain = match genesis {
            Some(genesis) => format!("{chain_id}-{genesis}"),
            None => chain_id.to_string(),
        };
        let (contract, validator) = (contract.to_lower_hex(), validator.to_lower_hex());
        let path = home.join(format!("{chain}-{contract}-{netuid}-{validator}"));
        durable_file::create_private_folder(&path).map_err(FolderError::of(&path))?;
        Ok(Self { origin, path })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Locks `name` for this process until the file is dropped, or the process ends.
    pub(crate) fn lock(&self, name: &str) -> Result<File, FolderError> {
        let path = self.file(name);
        let file = File::create(&path).map_err(FolderError::of(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(FolderError::Io { path, source }),
        }
    }
}

/// An error of a validator's persistent state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file or folder that cannot be read or written: check its owner and the disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A folder that another process uses for the same subnet and the same key.
    #[error("{} is in use: another process validates this subnet with this key", path.display())]
    InUse {
        /// The locked file.
        path: PathBuf,
    },
    /// A file that was changed, or is of another version or subnet. Its content is not used.
    #[error("{} is damaged ({reason}): set it aside to begin anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        reason: ForeignError,
    },
}

impl FolderError {
    pub(crate) fn of(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl Retryable for FolderError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Io { .. } => Retryability::Retryable,
            Self::InUse { .. } | Self::Damaged { .. } => Retryability::Final,
        }
    }
}
