//! Storage of a chain in a folder.
//!
//! One database file holds the whole chain, and each change is one transaction of that database. So
//! a read always returns the chain as it was after a complete change. The initial content of a new
//! chain is written to a file of another name, which is renamed only when it is complete.
//!
//! A log of checksummed records (`hetu_chain::durable_file::AppendFile`) was considered and
//! rejected, because it is not simpler. A log cannot distinguish a record that was torn before its
//! announcement from an announced one that the disk has lost, so a folder cut by one byte would
//! silently go back a block. A short history also needs compaction, which takes as much code as the
//! tables here.

mod error;
mod folder;
mod read;
mod record;
mod tables;
mod write;

use std::path::Path;

use hetu_chain::text::ForeignError;
use redb::{Database, ReadableDatabase, WriteTransaction};

pub use error::StateFolderError;

use crate::chain::{Chain, ChainChange, Persistence, SavedChain, UnsavedChange};
use crate::settings::ChainSettings;
use folder::StateFolder;
use tables::ABOUT;

/// Format version. It increases when a version can no longer read the files of the previous one.
const FORMAT: u64 = 1;
/// Name of [`FORMAT`] in [`ABOUT`].
const FORMAT_NAME: &str = "format";
/// Name of the [`ChainSettings`] in [`ABOUT`].
const SETTINGS: &str = "settings";
/// Size of the page cache of the database, in bytes. Frequently read data is in memory anyway.
const CACHE: usize = 8 << 20;

/// The content of an opened folder.
#[derive(Debug)]
pub(crate) enum OpenedFolder {
    Vacant(VacantFolder),
    Chain(Box<StoredChain>),
}

/// A stored chain with its storage.
#[derive(Debug)]
pub(crate) struct StoredChain {
    pub(crate) store: ChainStore,
    pub(crate) settings: ChainSettings,
    pub(crate) kept: SavedChain,
}

/// A locked folder without a chain.
#[derive(Debug)]
pub(crate) struct VacantFolder(StateFolder);

/// A locked folder with a chain.
#[derive(Debug)]
pub(crate) struct ChainStore {
    database: Database,
    /// `true` if waiting transactions are stored under the arrival numbers of this process.
    has_own_arrivals: bool,
    _folder: StateFolder,
}

/// Locks the folder and reads its chain, if it holds one.
pub(crate) fn open(path: &Path) -> Result<OpenedFolder, StateFolderError> {
    let folder = StateFolder::take(path)?;
    let has_database = folder.has_database();
    if !has_database.map_err(|source| StateFolderError::inaccessible(path, source))? {
        return Ok(OpenedFolder::Vacant(VacantFolder(folder)));
    }
    let store =
        ChainStore::open(folder).map_err(|error| StateFolderError::of_database(path, error))?;
    let damaged = |error| StateFolderError::of_database(path, error);
    let transaction = store.database.begin_read().map_err(|error| damaged(error.into()))?;
    let format: serde_json::Value = read::about(&transaction, FORMAT_NAME).map_err(damaged)?;
    if format != FORMAT {
        return Err(StateFolderError::OtherFormat {
            folder: path.to_owned(),
            found: format.to_string(),
            supported: FORMAT,
        });
    }
    let settings = read::about(&transaction, SETTINGS).map_err(damaged)?;
    let kept = read::kept(&transaction).map_err(damaged)?;
    Ok(OpenedFolder::Chain(Box::new(StoredChain { store, settings, kept })))
}

impl VacantFolder {
    /// Writes `chain` to the folder and returns the storage for its later changes.
    pub(crate) fn keep(
        self,
        chain: &Chain,
        settings: &ChainSettings,
    ) -> Result<ChainStore, StateFolderError> {
        let path = self.0.path().to_owned();
        let inaccessible = |source| StateFolderError::inaccessible(&path, source);
        let unfinished = self.0.unfinished_database().map_err(inaccessible)?;
        write_new(&unfinished, chain, settings)
            .map_err(|error| StateFolderError::of_database(&path, error))?;
        self.0.finish_database().map_err(inaccessible)?;
        ChainStore::open(self.0).map_err(|error| StateFolderError::of_database(&path, error))
    }
}

fn write_new(path: &Path, chain: &Chain, settings: &ChainSettings) -> Result<(), redb::Error> {
    let database = Database::create(path)?;
    let transaction = database.begin_write()?;
    {
        let json = serde_json::to_string(settings).expect("texts and numbers serialise");
        let mut about = transaction.open_table(ABOUT)?;
        about.insert(FORMAT_NAME, FORMAT.to_string().as_str())?;
        about.insert(SETTINGS, json.as_str())?;
    }
    write::write_whole(&transaction, &chain.view(), chain.time())?;
    transaction.commit()?;
    Ok(())
}

impl ChainStore {
    fn open(folder: StateFolder) -> Result<Self, redb::Error> {
        let database = Database::builder()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .open(folder.database())?;
        Ok(Self { database, has_own_arrivals: false, _folder: folder })
    }

    fn begin(&self) -> Result<WriteTransaction, redb::Error> {
        let mut transaction = self.database.begin_write()?;
        // With a single phase, a damaged page makes the database silently return to the previous
        // change. With two phases, it is an error.
        transaction.set_two_phase_commit(true);
        Ok(transaction)
    }

    fn write(&mut self, change: &ChainChange<'_>) -> Result<(), redb::Error> {
        let transaction = self.begin()?;
        write::write_change(&transaction, change)?;
        if !self.has_own_arrivals {
            write::write_all_waiting(&transaction, change.now)?;
        }
        transaction.commit()?;
        self.has_own_arrivals = true;
        Ok(())
    }
}

impl Persistence for ChainStore {
    fn save(&mut self, change: &ChainChange<'_>) -> Result<(), UnsavedChange> {
        self.write(change).map_err(|error| {
            let advice = format!("{error}; see to the space left and start the chain again");
            UnsavedChange { reason: ForeignError::new(error).in_words(advice) }
        })
    }
}
