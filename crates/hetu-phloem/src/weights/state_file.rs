//! The state on the disk: before every step, what is going to be done.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::WeightError;
use super::plan::State;
use crate::durable_file;
use crate::subnet_folder::{FolderError, Origin, SubnetFolder};

const VERSION: u32 = 1;
/// A row has at most 10,000 entries, of about 100 bytes each.
const MOST_BYTES: u64 = 4 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    origin: Origin,
    state: State,
}

/// Where the state of one validator in one subnet is kept, for one process at a time.
#[derive(Clone, Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    origin: Origin,
    _lock: Arc<File>,
}

impl StateFile {
    pub(super) fn open(folder: &SubnetFolder) -> Result<(Self, State), FolderError> {
        let lock = Arc::new(folder.lock("weights.lock")?);
        let (path, origin) = (folder.file("weights.json"), folder.origin);
        let bytes = durable_file::read(&path, MOST_BYTES).map_err(FolderError::of(&path))?;
        let file = Self { path, origin, _lock: lock };
        let state = match bytes {
            Some(bytes) => file.decode(&bytes)?,
            None => State::default(),
        };
        Ok((file, state))
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, FolderError> {
        let damaged = |reason: String| FolderError::Damaged { path: self.path.clone(), reason };
        let content: Content =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if content.version != VERSION {
            return Err(damaged(format!("version {}", content.version)));
        }
        if content.origin != self.origin {
            return Err(damaged("it is of another network, subnet or validator".to_owned()));
        }
        Ok(content.state)
    }

    /// Writes the state, whole or not at all. It is on the disk when this returns.
    pub(super) async fn save(&self, state: State) -> Result<(), WeightError> {
        let file = self.clone();
        let saving = tokio::task::spawn_blocking(move || file.save_now(state));
        Ok(saving.await.map_err(std::io::Error::other)??)
    }

    fn save_now(&self, state: State) -> Result<(), FolderError> {
        let content = Content { version: VERSION, origin: self.origin, state };
        let bytes = serde_json::to_vec(&content).map_err(std::io::Error::from);
        bytes
            .and_then(|bytes| durable_file::replace(&self.path, &bytes))
            .map_err(FolderError::of(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::{Address, Bytes32, Weight, presets};

    use super::*;
    use crate::weights::plan::{Current, Plan, Stage, Way};

    fn state(stage: Stage) -> State {
        let plan = Plan {
            id: Bytes32::from([1; 32]),
            epoch_end: 198,
            registered_at: 5,
            last_set: None,
            weights: vec![Weight { dendron: Address::new([2; 20]), weight: u128::MAX }],
            version_key: 3,
            salt: Bytes32::from([4; 32]),
            way: Way::CommitReveal,
        };
        State { current: Some(Current { plan, stage }), finished: None }
    }

    #[tokio::test]
    async fn every_stage_is_there_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let origin = Origin::new(&presets::local(), 1.into(), Address::new([9; 20]));
        let folder = SubnetFolder::open(home.path(), origin).unwrap();
        for stage in [
            Stage::Planned,
            Stage::Setting,
            Stage::Committing,
            Stage::Committed { reveal_from: 1, reveal_until: 2 },
            Stage::Revealing { reveal_until: 2 },
            Stage::Included,
        ] {
            let (file, _) = StateFile::open(&folder).unwrap();
            assert!(matches!(StateFile::open(&folder), Err(FolderError::InUse { .. })));
            file.save(state(stage)).await.unwrap();
            drop(file);
            assert_eq!(StateFile::open(&folder).unwrap().1, state(stage));
        }
        let mut elsewhere = folder.clone();
        elsewhere.origin = Origin::new(&presets::local(), 2.into(), Address::new([9; 20]));
        assert!(matches!(StateFile::open(&elsewhere), Err(FolderError::Damaged { .. })));
        std::fs::write(folder.file("weights.json"), "{}").unwrap();
        assert!(matches!(StateFile::open(&folder), Err(FolderError::Damaged { .. })));
    }
}
