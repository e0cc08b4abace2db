//! The setter of the weights of one validator in one subnet.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_chain::{Address, Hetutensor};
use hetu_metastruct::Metastruct;

use super::chain_state::{ChainState, look};
use super::error::WeightError;
use super::plan::{PlanStage, PlanUnderWay, SetterState, WeightPlan};
use super::progress::{SettingStep, StepMoment};
use super::state_file::StateFile;
use crate::subnet_folder::{FolderOrigin, SubnetFolder};

/// The folder of the fees of the last day.
const FEES: &str = "fees";

/// A callback that receives every step.
pub(super) type Observer = Arc<dyn Fn(SettingStep, StepMoment) + Send + Sync>;

/// A setter of the weights of one validator in one subnet, once for each epoch.
///
/// Every step is written to disk before it is taken, including the salt of a commitment, and every
/// transaction is in the journal before a node has it. The process may therefore end at any moment:
/// the next one reads the file, the journal and the chain, and continues from there. No weights are
/// set twice, and no commitment is lost.
///
/// Weights are set in the last blocks of an epoch, and committed to before that where the subnet
/// requires it, so that other validators cannot copy them before they count.
pub struct WeightSetter {
    pub(super) hetu: Hetutensor,
    pub(super) metastruct: Metastruct,
    pub(super) validator: Address,
    pub(super) version_key: u64,
    pub(super) lead: Option<u64>,
    pub(super) file: StateFile,
    pub(super) state: SetterState,
    pub(super) observer: Option<Observer>,
}

/// A builder of a weight setter, made by [`WeightSetter::builder`].
pub struct WeightSetterBuilder {
    hetu: Hetutensor,
    metastruct: Metastruct,
    home: PathBuf,
    version_key: u64,
    lead: Option<u64>,
    observer: Option<Observer>,
}

impl WeightSetter {
    /// Returns the builder of a setter for the wallet of `hetu`, in the subnet of `metastruct`. The
    /// state that must survive a restart is kept in a folder of the subnet in `home`.
    pub fn builder(
        hetu: Hetutensor,
        metastruct: Metastruct,
        home: impl Into<PathBuf>,
    ) -> WeightSetterBuilder {
        let home = home.into();
        WeightSetterBuilder { hetu, metastruct, home, version_key: 0, lead: None, observer: None }
    }

    /// Returns the next step of the current plan, or `None` if there is no plan.
    pub fn under_way(&self) -> Option<SettingStep> {
        self.state.current.as_ref().map(|current| current.stage.step())
    }

    pub(super) async fn look(&self) -> Result<ChainState, WeightError> {
        look(&self.hetu, &self.metastruct, self.validator).await
    }

    /// Writes the next step to disk.
    pub(super) async fn record(
        &mut self,
        plan: WeightPlan,
        stage: PlanStage,
    ) -> Result<(), WeightError> {
        let step = stage.step();
        tracing::debug!(netuid = %self.metastruct.netuid(), %step, plan = %plan.id, "weights");
        let finished = self.state.finished;
        self.save(step, SetterState { current: Some(PlanUnderWay { plan, stage }), finished }).await
    }

    /// Deletes the current plan.
    pub(super) async fn give_up(&mut self) -> Result<(), WeightError> {
        let finished = self.state.finished;
        self.save(SettingStep::Finish, SetterState { current: None, finished }).await
    }

    pub(super) async fn save(
        &mut self,
        step: SettingStep,
        state: SetterState,
    ) -> Result<(), WeightError> {
        self.tell(step, StepMoment::Before);
        self.file.save(state.clone()).await?;
        self.state = state;
        self.tell(step, StepMoment::Recorded);
        Ok(())
    }

    pub(super) fn tell(&self, step: SettingStep, moment: StepMoment) {
        if let Some(observer) = &self.observer {
            observer(step, moment);
        }
    }
}

impl WeightSetterBuilder {
    /// Sets the version of the subnet's rules by which the validator judges; 0 by default. Subnets
    /// refuse outdated versions.
    #[must_use]
    pub const fn version_key(mut self, version_key: u64) -> Self {
        self.version_key = version_key;
        self
    }

    /// Sets the number of blocks before the end of an epoch in which its weights are set; by
    /// default a fifth of the epoch. It is at least 2 and at most the whole epoch. A shorter lead
    /// leaves others less time to copy; a longer one makes timely inclusion more certain.
    #[must_use]
    pub const fn lead(mut self, blocks: u64) -> Self {
        self.lead = Some(blocks);
        self
    }

    /// Sets a callback that receives every step immediately and in order, for progress reports and
    /// for crash tests.
    #[must_use]
    pub fn observer(
        mut self,
        observer: impl Fn(SettingStep, StepMoment) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Reads the saved state. The chain is not changed.
    ///
    /// A connection without a journal gets one in the subnet's folder, and one without a [daily
    /// ceiling](hetu_chain::Hetutensor::with_daily_fee_ceiling) on fees gets one in the folder of
    /// all subnets.
    ///
    /// # Errors
    /// [`WeightError::Chain`] without a wallet, or if another process uses the journal;
    /// [`WeightError::Folder`] if the saved state cannot be used, or another process uses it.
    pub async fn build(self) -> Result<WeightSetter, WeightError> {
        let Self { hetu, metastruct, home, version_key, lead, observer } = self;
        let validator = hetu.address()?;
        let origin = FolderOrigin::new(hetu.network(), metastruct.netuid(), validator);
        // State of another chain is not valid on this one.
        let origin = origin.on(hetu.genesis().await?);
        let folder = SubnetFolder::open(&home, origin)?;
        let (file, state) = StateFile::open(&folder)?;
        let hetu = match hetu.has_journal() {
            true => hetu,
            false => hetu.with_journal(folder.file("journal")).await?,
        };
        // Beside the subnets' folders, because the fees of an account count for all of them.
        let hetu = match hetu.has_daily_fee_ceiling() {
            true => hetu,
            false => hetu.with_daily_fee_ceiling(home.join(FEES)).await?,
        };
        Ok(WeightSetter { hetu, metastruct, validator, version_key, lead, file, state, observer })
    }
}

impl fmt::Debug for WeightSetter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WeightSetter")
            .field("netuid", &self.metastruct.netuid())
            .field("validator", &self.validator)
            .field("under_way", &self.under_way())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WeightSetterBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WeightSetterBuilder")
            .field("netuid", &self.metastruct.netuid())
            .field("home", &self.home)
            .field("version_key", &self.version_key)
            .field("lead", &self.lead)
            .finish_non_exhaustive()
    }
}
