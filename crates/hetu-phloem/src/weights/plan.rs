//! What is to be set, and how far that is.

use hetu_chain::model::{SecretWeights, Weight};
use hetu_chain::primitives::Bytes32;
use serde::{Deserialize, Serialize};

use super::progress::SettingStep;

/// A row that is to be set. It does not change from when it is first written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeightPlan {
    /// The hash that the validator commits to, where the subnet wants that. Names the plan: the
    /// salt makes it unique.
    pub(super) id: Bytes32,
    /// The block that ends the epoch that it was made for.
    pub(super) epoch_end: u64,
    /// The block in which the validator registered.
    pub(super) registered_at: u64,
    /// The block in which it had set weights before; nothing also where contracts do not say it.
    pub(super) last_set: Option<u64>,
    pub(super) weights: Vec<Weight>,
    pub(super) version_key: u64,
    pub(super) salt: Bytes32,
    pub(super) method: SettingMethod,
}

/// How a subnet takes weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SettingMethod {
    /// By contracts without version keys, as they were published first.
    Published,
    /// At once.
    Plain,
    /// Committed to first.
    CommitReveal,
}

/// How far a plan is. Each is on the disk before what it names is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage", deny_unknown_fields)]
pub(super) enum PlanStage {
    /// Nothing was sent.
    Planned,
    /// The row is being sent.
    Setting,
    /// The commitment is being sent.
    Committing,
    /// The chain has the commitment.
    Committed { reveal_from: u64, reveal_until: u64 },
    /// The row is being revealed.
    Revealing { reveal_until: u64 },
    /// A block has the row; it was not read back yet.
    Included,
}

/// What a validator knows of its weights between two steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetterState {
    /// What is under way.
    pub(super) current: Option<PlanUnderWay>,
    /// What was finished last.
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
    /// The block in which that was seen.
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

    /// Under which the journal knows what is sent at `stage`: once sent, it is not sent again.
    pub(super) fn key(&self, stage: SettingStep) -> String {
        format!("weights {stage} {}", self.id)
    }

    /// Whether `row` is the plan's, whatever its order. Entries of zero say nothing.
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
