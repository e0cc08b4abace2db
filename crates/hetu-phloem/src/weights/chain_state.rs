//! The state of a validator's weights on the chain.

use std::sync::Arc;

use hetu_chain::model::{Commitment, Role};
use hetu_chain::{Address, ChainError, Hetutensor};
use hetu_metastruct::{Metastruct, View};

use super::error::WeightError;
use super::plan::{SettingMethod, WeightPlan};

/// A snapshot of the state on the chain.
#[derive(Clone, Debug)]
pub(super) struct ChainState {
    pub(super) view: Arc<View>,
    /// The block in which the validator registered.
    pub(super) registered_at: u64,
    pub(super) last_set: LastSet,
    pub(super) commitment: Option<Commitment>,
    /// The minimum version of the rules, or `None` on contracts without versions.
    pub(super) required_version: Option<u64>,
}

/// The last time that the validator set weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastSet {
    /// An unknown time, because the first published contracts do not report it.
    Unknown,
    Never,
    At(u64),
}

/// The state of a plan's row on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Landing {
    NotYet,
    Landed,
    /// Another row that was set since the plan was made.
    Other,
}

/// Reads the state of the weights of `validator`, an active validator of the subnet.
pub(super) async fn look(
    hetu: &Hetutensor,
    metastruct: &Metastruct,
    validator: Address,
) -> Result<ChainState, WeightError> {
    let view = metastruct.refresh().await?;
    let registered_at = registration(&view, validator)?;
    let (weights, netuid) = (hetu.weights(), view.netuid());
    let last_set = match weights.last_set(netuid, validator).await {
        Ok(block) => block.map_or(LastSet::Never, LastSet::At),
        Err(ChainError::Unsupported { .. }) => LastSet::Unknown,
        Err(error) => return Err(error.into()),
    };
    let commitment = known(weights.commitment(netuid, validator).await)?.flatten();
    let required_version = known(weights.version_key(netuid).await)?;
    Ok(ChainState { view, registered_at, last_set, commitment, required_version })
}

/// Returns the value of a current contract, or `None` from the first published ones.
fn known<T>(said: Result<T, ChainError>) -> Result<Option<T>, ChainError> {
    match said {
        Ok(said) => Ok(Some(said)),
        Err(ChainError::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn registration(view: &View, account: Address) -> Result<u64, WeightError> {
    let netuid = view.netuid();
    let member = view.get(account).filter(|member| member.dendron.role == Role::Validator);
    let member = member.ok_or(WeightError::NotValidator { account, netuid })?;
    if !member.is_active(Role::Validator) {
        return Err(WeightError::Inactive { account, netuid });
    }
    Ok(member.dendron.registered_at)
}

impl ChainState {
    /// Returns the newest block.
    pub(super) fn block(&self) -> u64 {
        self.view.block.id.number
    }

    /// Returns the method by which the subnet takes weights.
    pub(super) fn method(&self) -> SettingMethod {
        match self.required_version {
            None => SettingMethod::Published,
            Some(_) if self.view.hyperparameters.commit_reveal_enabled => {
                SettingMethod::CommitReveal
            }
            Some(_) => SettingMethod::Plain,
        }
    }

    /// Returns the number of blocks between the first transaction and the row.
    pub(super) fn reveal_delay(&self) -> u64 {
        match self.method() {
            SettingMethod::CommitReveal => self.view.hyperparameters.commit_reveal_period,
            SettingMethod::Published | SettingMethod::Plain => 0,
        }
    }

    /// Returns the first block in which the rate limit permits a row.
    pub(super) fn next_allowed(&self) -> u64 {
        match self.last_set {
            LastSet::At(block) => {
                block.saturating_add(self.view.hyperparameters.weights_rate_limit)
            }
            LastSet::Never | LastSet::Unknown => 0,
        }
    }

    /// Returns the state of the row of `plan` on the chain. On contracts that do not report when a
    /// row was set, the journal decides until a block `was_included`: the row may equal the
    /// previous one.
    pub(super) async fn landing(
        &self,
        hetu: &Hetutensor,
        validator: Address,
        plan: &WeightPlan,
        was_included: bool,
    ) -> Result<Landing, WeightError> {
        let may_have_landed = match self.last_set {
            LastSet::Unknown => was_included,
            LastSet::Never => false,
            LastSet::At(block) => plan.last_set.is_none_or(|before| block > before),
        };
        if !may_have_landed {
            return Ok(Landing::NotYet);
        }
        let row = hetu.weights().row(self.view.netuid(), validator).await?;
        Ok(if plan.is_row(&row) { Landing::Landed } else { Landing::Other })
    }

    /// Returns `true` if all dendrons in the plan's row are still registered.
    pub(super) fn knows_all_of(&self, plan: &WeightPlan) -> bool {
        plan.weights.iter().all(|entry| self.view.get(entry.dendron).is_some())
    }
}
