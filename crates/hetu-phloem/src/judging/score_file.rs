//! The book of scores on the disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use hetu_chain::Address;
use serde::{Deserialize, Serialize};

use super::{HalfLife, ScoreBook, Standing};
use crate::durable_file;
use crate::subnet_folder::{FolderError, Origin, SubnetFolder};

const VERSION: u32 = 1;
/// More miners than subnets have, in about 150 bytes each.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    origin: Origin,
    standings: BTreeMap<Address, Standing>,
}

/// Where the book of one validator in one subnet is kept, for one process at a time.
#[derive(Debug)]
pub(super) struct ScoreFile {
    path: PathBuf,
    origin: Origin,
    _lock: File,
}

impl ScoreFile {
    /// The file, and the book that it holds.
    pub(super) fn open(
        folder: &SubnetFolder,
        half_life: HalfLife,
    ) -> Result<(Self, ScoreBook), FolderError> {
        let lock = folder.lock("scores.lock")?;
        let (path, origin) = (folder.file("scores.json"), folder.origin);
        let bytes = durable_file::read(&path, MOST_BYTES).map_err(FolderError::of(&path))?;
        let file = Self { path, origin, _lock: lock };
        let standings = match bytes {
            Some(bytes) => file.decode(&bytes)?,
            None => BTreeMap::new(),
        };
        Ok((file, ScoreBook::with_standings(half_life, standings)))
    }

    fn decode(&self, bytes: &[u8]) -> Result<BTreeMap<Address, Standing>, FolderError> {
        let damaged = |reason: String| FolderError::Damaged { path: self.path.clone(), reason };
        let content: Content =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if content.version != VERSION {
            return Err(damaged(format!("version {}", content.version)));
        }
        if content.origin != self.origin {
            return Err(damaged("it is of another network, subnet or validator".to_owned()));
        }
        Ok(content.standings)
    }

    /// Writes the book, whole or not at all. It is on the disk when this returns.
    pub(super) fn save(&self, book: &ScoreBook) -> Result<(), FolderError> {
        let standings = book.standings().collect();
        let content = Content { version: VERSION, origin: self.origin, standings };
        let bytes = serde_json::to_vec(&content).map_err(std::io::Error::from);
        bytes
            .and_then(|bytes| durable_file::replace(&self.path, &bytes))
            .map_err(FolderError::of(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hetu_chain::presets;

    use super::*;
    use crate::judging::Score;

    const MINER: Address = Address::new([1; 20]);

    fn folder(home: &tempfile::TempDir) -> SubnetFolder {
        let origin = Origin::new(&presets::local(), 1.into(), Address::new([9; 20]));
        SubnetFolder::open(home.path(), origin).unwrap()
    }

    #[test]
    fn what_is_saved_is_there_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let open = || ScoreFile::open(&folder(&home), HalfLife::default());
        let (file, mut book) = open().unwrap();
        assert!(book.is_empty());
        book.observe(MINER, 7, Score::ONE);
        file.save(&book).unwrap();
        assert!(matches!(open(), Err(FolderError::InUse { .. })), "one process at a time");
        drop(file);
        assert_eq!(open().unwrap().1, book);
    }

    #[test]
    fn what_was_changed_is_not_believed() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (file, mut book) = ScoreFile::open(&folder, HalfLife::default()).unwrap();
        book.observe(MINER, 7, Score::ONE);
        file.save(&book).unwrap();
        drop(file);
        let path = folder.file("scores.json");
        let good = fs::read_to_string(&path).unwrap();
        let average = book.of(MINER, 7).unwrap().average.to_string();
        for bad in [
            good.replace(&average, "1.5"),
            good.replace(&average, "null"),
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("\"netuid\":1", "\"netuid\":2"),
            good[..good.len() - 1].to_owned(),
            String::new(),
        ] {
            assert_ne!(bad, good);
            fs::write(&path, &bad).unwrap();
            let error = ScoreFile::open(&folder, HalfLife::default()).unwrap_err();
            assert!(matches!(error, FolderError::Damaged { .. }), "{bad}: {error}");
        }
    }
}
