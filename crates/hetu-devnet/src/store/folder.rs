//! The folder of a chain, with its exclusive lock.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::error::StateFolderError;

const LOCK: &str = "lock";
const DATABASE: &str = "chain.redb";
/// Name of a database that is not complete yet.
const UNFINISHED: &str = "chain.redb.new";

/// A folder with an exclusive lock, which is released on drop.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Locks the folder, which is created if it does not exist.
    pub(crate) fn take(path: &Path) -> Result<Self, StateFolderError> {
        let inaccessible = |source| StateFolderError::inaccessible(path, source);
        fs::create_dir_all(path).map_err(inaccessible)?;
        if holds_something_else(path).map_err(inaccessible)? {
            return Err(StateFolderError::Foreign { folder: path.to_owned() });
        }
        let lock = File::options().create(true).append(true).open(path.join(LOCK));
        let lock = lock.map_err(inaccessible)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(StateFolderError::InUse { folder: path.to_owned() })
            }
            Err(TryLockError::Error(source)) => Err(inaccessible(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub(crate) fn has_database(&self) -> io::Result<bool> {
        self.database().try_exists()
    }

    /// Returns the path of a new database. The leftover of a killed process is removed.
    pub(crate) fn unfinished_database(&self) -> io::Result<PathBuf> {
        let path = self.path.join(UNFINISHED);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(path),
        }
    }

    /// Renames the complete new database to its final name.
    pub(crate) fn finish_database(&self) -> io::Result<()> {
        fs::rename(self.path.join(UNFINISHED), self.database())?;
        // The directory entry must survive a loss of power like the file.
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}

fn holds_something_else(folder: &Path) -> io::Result<bool> {
    let mut is_ours = false;
    let mut is_others = false;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        is_ours |= [DATABASE, UNFINISHED, LOCK].iter().any(|own| name == *own);
        is_others |= ![DATABASE, UNFINISHED, LOCK].iter().any(|own| name == *own);
    }
    Ok(is_others && !is_ours)
}
