//! The state on disk, written before every step.

use super::plan::SetterState;
use crate::subnet_file::SubnetFile;
use crate::subnet_folder::{FolderError, SubnetFolder};

/// A row has at most 10,000 entries, of about 100 bytes each.
const MOST_BYTES: u64 = 4 << 20;

/// The file with the state of one validator in one subnet, for one process at a time.
#[derive(Debug)]
pub(super) struct StateFile(SubnetFile<SetterState>);

impl StateFile {
    pub(super) fn open(folder: &SubnetFolder) -> Result<(Self, SetterState), FolderError> {
        let (file, state) = SubnetFile::open(folder, "weights", MOST_BYTES)?;
        Ok((Self(file), state.unwrap_or_default()))
    }

    /// Writes the state atomically. It is on disk when this returns.
    pub(super) async fn save(&self, state: SetterState) -> Result<(), FolderError> {
        self.0.save(state).await
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::Address;
    use hetu_chain::durable_file::FaultyFiles;
    use hetu_chain::model::Weight;
    use hetu_chain::network::presets;
    use hetu_chain::primitives::Bytes32;

    use super::*;
    use crate::subnet_folder::FolderOrigin;
    use crate::weights::plan::{PlanStage, PlanUnderWay, SettingMethod, WeightPlan};

    fn state(stage: PlanStage) -> SetterState {
        let plan = WeightPlan {
            id: Bytes32::from([1; 32]),
            epoch_end: 198,
            registered_at: 5,
            last_set: None,
            weights: vec![Weight { dendron: Address::new([2; 20]), weight: u128::MAX }],
            version_key: 3,
            salt: Bytes32::from([4; 32]),
            method: SettingMethod::CommitReveal,
        };
        SetterState { current: Some(PlanUnderWay { plan, stage }), finished: None }
    }

    #[tokio::test]
    async fn state_of_weights_is_old_or_new_at_every_failing_step() {
        let home = tempfile::tempdir().unwrap();
        let origin = FolderOrigin::new(&presets::local(), 1.into(), Address::new([9; 20]));
        let folder = SubnetFolder::open(home.path(), origin).unwrap();
        let runtime = tokio::runtime::Handle::current();
        let old = state(PlanStage::Planned);
        let new = state(PlanStage::Committing);
        tokio::task::spawn_blocking(move || {
            FaultyFiles::at_every_step(home.path(), |files, fault| {
                files.heal();
                let (file, _) = StateFile::open(&folder).unwrap();
                runtime.block_on(file.save(old.clone())).unwrap();
                files.arm();
                let saved = runtime.block_on(file.save(new.clone()));
                let was_hit = files.disarm();
                assert_eq!(saved.is_err(), was_hit, "{fault:?}");
                drop(file);
                files.crash_or_not();
                let found = StateFile::open(&folder).unwrap().1;
                assert!(found == new || (saved.is_err() && found == old), "{fault:?}");
            });
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn every_stage_is_there_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let origin = FolderOrigin::new(&presets::local(), 1.into(), Address::new([9; 20]));
        let folder = SubnetFolder::open(home.path(), origin).unwrap();
        for stage in [
            PlanStage::Planned,
            PlanStage::Setting,
            PlanStage::Committing,
            PlanStage::Committed { reveal_from: 1, reveal_until: 2 },
            PlanStage::Revealing { reveal_until: 2 },
            PlanStage::Included,
        ] {
            let (file, _) = StateFile::open(&folder).unwrap();
            assert!(matches!(StateFile::open(&folder), Err(FolderError::InUse { .. })));
            file.save(state(stage)).await.unwrap();
            drop(file);
            assert_eq!(StateFile::open(&folder).unwrap().1, state(stage));
        }
        let mut elsewhere = folder.clone();
        elsewhere.origin = FolderOrigin::new(&presets::local(), 2.into(), Address::new([9; 20]));
        assert!(matches!(StateFile::open(&elsewhere), Err(FolderError::Damaged { .. })));
        std::fs::write(folder.file("weights.json"), "{}").unwrap();
        assert!(matches!(StateFile::open(&folder), Err(FolderError::Damaged { .. })));
    }
}
