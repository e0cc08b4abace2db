//! Snapshots of a subnet in a file, for the next start.

mod codec;
mod file;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hetu_chain::primitives::ContractAddresses;
use hetu_chain::{
    Address, BlockId, ChainId, NetUid, Network, Retryability, Retryable, durable_file,
};

use crate::View;
use crate::hub::Hub;
use crate::quality::SavedQuality;
use crate::tracked::Tracked;

/// The content of a snapshot file.
#[derive(Clone, Debug)]
pub(crate) struct SavedSubnet {
    pub(crate) view: View,
    pub(crate) qualities: Vec<(Address, SavedQuality)>,
    /// The time of the last request to the chain, since 1970.
    pub(crate) asked_at: Duration,
}

/// The network and subnet that a file must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SnapshotOrigin {
    chain: ChainId,
    contracts: ContractAddresses,
    netuid: NetUid,
    allows_private_addresses: bool,
}

impl SnapshotOrigin {
    pub(crate) const fn new(network: &Network, netuid: NetUid) -> Self {
        Self {
            chain: network.chain_id,
            contracts: network.contracts,
            netuid,
            allows_private_addresses: network.allows_private_addresses,
        }
    }

    fn path(&self, folder: &Path) -> PathBuf {
        let digest = codec::digest_of(&self.contracts);
        folder.join(format!("{}-{digest}-{}.metastruct", self.chain, self.netuid))
    }
}

/// Writes the cached state of a subnet atomically.
pub(crate) fn save(folder: &Path, hub: &Hub, tracked: &Tracked) -> Result<PathBuf, SnapshotError> {
    let origin = SnapshotOrigin::new(hub.hetu.network(), tracked.netuid);
    let current = tracked.current.load_full();
    let asked_at = hub.clock.unix_time().saturating_sub(current.age());
    let saved = SavedSubnet {
        view: View::clone(&current.view),
        qualities: tracked.qualities.save(),
        asked_at,
    };
    let path = origin.path(folder);
    let unwritable = |source| SnapshotError::Unwritable { path: path.clone(), source };
    let bytes = codec::encode(&origin, &saved)?;
    file::replace(folder, &path, &bytes).map_err(unwritable)?;
    Ok(path)
}

/// Reads the snapshot of a subnet, or returns `None` if there is no file. A file that is not valid
/// is set aside, so that it can be examined and is not read again.
pub(crate) fn load(
    folder: &Path,
    origin: &SnapshotOrigin,
) -> Result<Option<SavedSubnet>, SnapshotError> {
    let path = origin.path(folder);
    let bytes = match file::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SnapshotError::Unreadable { path, source }),
    };
    match codec::decode(&bytes, origin) {
        Ok(saved) => Ok(Some(saved)),
        Err(error) => {
            let aside = path.with_extension("metastruct.rejected");
            if let Err(error) = durable_file::rename(&path, &aside) {
                tracing::warn!(path = %path.display(), %error, "a bad snapshot stays where it is");
            }
            Err(error)
        }
    }
}

/// An error of writing or reading a snapshot. An invalid file is set aside and the subnet is read
/// again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A file that cannot be read. Check its owner and the disk.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file that cannot be written. Check the folder and the disk.
    #[error("{}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file that is cut off, was changed, or is not a snapshot. The disk or another program is at
    /// fault.
    #[error("the snapshot is damaged: {source}")]
    Damaged {
        /// The fault that was found.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file of an older or newer version of this library.
    #[error("the snapshot has format {found}, not {expected}: it was written by another version")]
    OtherFormat {
        /// The version of the file.
        found: u32,
        /// The version that this library reads.
        expected: u32,
    },
    /// A file of another chain, of other contracts or of another subnet.
    #[error("the snapshot is of another {what}: each network and subnet has a file of its own")]
    Foreign {
        /// The part that differs.
        what: &'static str,
    },
    /// A missing folder setting. Set one with `MetastructBuilder::snapshots`.
    #[error("there is no folder for snapshots: name one with MetastructBuilder::snapshots")]
    NoFolder,
    /// A view that was loaded from a file, without a read of the chain since then.
    #[error("the view of block {block} was loaded and not synced since: wait for the chain")]
    NotSynced {
        /// The block of the view.
        block: BlockId,
    },
    /// A runtime that stopped before the file was written.
    #[error("the runtime stopped before the snapshot was written")]
    Interrupted,
}

impl Retryable for SnapshotError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unreadable { .. } | Self::Unwritable { .. } | Self::NotSynced { .. } => {
                Retryability::Retryable
            }
            _ => Retryability::Final,
        }
    }
}

/// Returns the usable snapshot of the folder, or `None`, and logs why a file is not used.
pub(crate) fn load_or_set_aside(
    folder: &Path,
    origin: &SnapshotOrigin,
    hub: &Arc<Hub>,
) -> Option<SavedSubnet> {
    match load(folder, origin) {
        Ok(Some(saved)) => {
            hub.metrics.snapshot(origin.netuid, "loaded");
            Some(saved)
        }
        Ok(None) => None,
        Err(error) => {
            hub.metrics.snapshot(origin.netuid, "refused");
            tracing::warn!(netuid = %origin.netuid, %error, "a snapshot is not used");
            None
        }
    }
}
