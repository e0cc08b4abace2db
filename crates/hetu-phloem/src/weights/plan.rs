//! The plan of a row, and its progress.

use hetu_chain::model::{SecretWeights, Weight};
use hetu_chain::primitives::Bytes32;
use serde::{Deserialize, Serialize};

use super::progress::SettingStep;

/// A row that is to be set. It does not change after it is first written to disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeightPlan {
    /// The hash that the validator commits to, where the subnet requires it. It identifies the
    /// plan: the salt makes it unique.
    pub(super) id: Bytes32,
    /// The block that ends the epoch of the row.
    pub(super) epoch_end: u64,
    /// The block in which the validator registered.
    pub(super) registered_at: u64,
    /// The block of the previous row, or `None` if there is none or contracts do not report it.
    pub(super) last_set: Option<u64>,
    pub(super) weights: Vec<Weight>,
    pub(super) version_key: u64,
    pub(super) salt: Bytes32,
    pub(super) method: SettingMethod,
}

/// The method by which a subnet takes weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SettingMethod {
    /// The first published contracts, without version keys.
    Published,
    /// One transaction, without a commitment.
    Plain,
    /// A commitment, and then its reveal.
    CommitReveal,
}

/// The progress of a plan. Each stage is on disk before its transaction is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage", deny_unknown_fields)]
pub(super) enum PlanStage {
    /// A plan without a sent transaction.
    Planned,
    /// A plan with a row that is being sent.
    Setting,
    /// A plan with a commitment that is being sent.
    Committing,
    /// A plan with a commitment on the chain.
    Committed { reveal_from: u64, reveal_until: u64 },
    /// A plan with a row that is being revealed.
    Revealing { reveal_until: u64 },
    /// A plan with a row in a block, which was not read back yet.
    Included,
}

/// The state of a validator's weights between two steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetterState {
    /// The current plan.
    pub(super) current: Option<PlanUnderWay>,
    /// The last finished plan.
    pub(super) finished: Option<FinishedPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanUnderWay {
    pub(super) plan: WeightPlan,
    pub(super) stage: PlanStage,
}

/// A row that is set and was read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishedPlan {
    pub(super) id: Bytes32,
    pub(super) epoch_end: u64,
    /// The newest block when it was read back.
    pub(super) seen_at: u64,
}

impl WeightPlan {
    pub(super) fn secret(&self) -> SecretWeights {
        SecretWeights {
            weights: self.weights.clone(),
            version_key: self.version_key,
            salt: self.salt,
        }
    }

    /// Returns the journal key of the transaction of `stage`, which prevents a second transaction.
    pub(super) fn key(&self, stage: SettingStep) -> String {
        format!("weights {stage} {}", self.id)
    }

    /// Returns `true` if `row` is the plan's, in any order. Entries of zero are ignored.
    pub(super) fn is_row(&self, row: &[Weight]) -> bool {
        let said = |row: &[Weight]| {
            let mut said: Vec<_> = row.iter().filter(|entry| entry.weight > 0).copied().collect();
            said.sort_unstable_by_key(|entry| entry.dendron);
            said
        };
        said(&self.weights) == said(row)
    }
}

impl PlanStage {
    pub(super) const fn step(self) -> SettingStep {
        match self {
            Self::Planned => SettingStep::Plan,
            Self::Setting => SettingStep::Set,
            Self::Committing => SettingStep::Commit,
            Self::Committed { .. } => SettingStep::Wait,
            Self::Revealing { .. } => SettingStep::Reveal,
            Self::Included => SettingStep::ReadBack,
        }
    }
}
