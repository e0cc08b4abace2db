//! The book of scores on disk.

use std::collections::BTreeMap;

use hetu_chain::Address;

use super::{HalfLife, ScoreBook, ScoreEntry};
use crate::subnet_file::SubnetFile;
use crate::subnet_folder::{FolderError, SubnetFolder};

/// More miners than subnets have, in about 150 bytes each.
const MOST_BYTES: u64 = 16 << 20;

/// The file with the book of one validator in one subnet, for one process at a time.
#[derive(Debug)]
pub(super) struct ScoreFile(SubnetFile<BTreeMap<Address, ScoreEntry>>);

impl ScoreFile {
    /// Opens the file, and returns it with the book that it holds.
    pub(super) fn open(
        folder: &SubnetFolder,
        half_life: HalfLife,
    ) -> Result<(Self, ScoreBook), FolderError> {
        let (file, standings) = SubnetFile::open(folder, "scores", MOST_BYTES)?;
        let book = ScoreBook::with_standings(half_life, standings.unwrap_or_default());
        Ok((Self(file), book))
    }

    /// Writes the book atomically. It is on disk when this returns.
    pub(super) async fn save(&self, book: &ScoreBook) -> Result<(), FolderError> {
        self.0.save(book.standings().collect()).await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hetu_chain::durable_file::FaultyFiles;
    use hetu_chain::network::presets;

    use super::*;
    use crate::judging::Score;
    use crate::subnet_folder::FolderOrigin;

    const MINER: Address = Address::new([1; 20]);

    fn folder(home: &tempfile::TempDir) -> SubnetFolder {
        let origin = FolderOrigin::new(&presets::local(), 1.into(), Address::new([9; 20]));
        SubnetFolder::open(home.path(), origin).unwrap()
    }

    #[tokio::test]
    async fn what_is_saved_is_there_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let open = || ScoreFile::open(&folder(&home), HalfLife::default());
        let (file, mut book) = open().unwrap();
        assert!(book.is_empty());
        book.observe(MINER, 7, Score::ONE);
        file.save(&book).await.unwrap();
        assert!(matches!(open(), Err(FolderError::InUse { .. })), "one process at a time");
        drop(file);
        assert_eq!(open().unwrap().1, book);
    }

    #[tokio::test]
    async fn scores_are_old_or_new_at_every_failing_step() {
        let home = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            FaultyFiles::at_every_step(home.path(), |files, fault| {
                files.heal();
                let _ = fs::remove_file(folder(&home).file("scores.json"));
                let (file, mut book) =
                    ScoreFile::open(&folder(&home), HalfLife::default()).unwrap();
                runtime.block_on(file.save(&book)).unwrap();
                let old = book.clone();
                book.observe(MINER, 7, Score::ONE);
                files.arm();
                let saved = runtime.block_on(file.save(&book));
                let was_hit = files.disarm();
                assert_eq!(saved.is_err(), was_hit, "{fault:?}");
                drop(file);
                files.crash_or_not();
                let found = ScoreFile::open(&folder(&home), HalfLife::default()).unwrap().1;
                assert!(found == book || (saved.is_err() && found == old), "{fault:?}");
            });
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn what_was_changed_is_not_believed() {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (file, mut book) = ScoreFile::open(&folder, HalfLife::default()).unwrap();
        book.observe(MINER, 7, Score::ONE);
        file.save(&book).await.unwrap();
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
