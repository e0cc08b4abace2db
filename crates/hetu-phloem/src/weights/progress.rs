//! The results of a call that advances the weights.

use std::fmt;

use hetu_chain::model::Weight;
use serde::Serialize;

/// The result of [`WeightSetter::advance`](super::WeightSetter::advance).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "progress")]
#[non_exhaustive]
pub enum WeightProgress {
    /// A wait: no step is possible before a later block.
    Waiting {
        /// The reason.
        reason: WaitReason,
        /// The block from which the next step is possible, as soon as it is the newest.
        until_block: u64,
    },
    /// A call without a positive score of any miner, which sets no weights.
    NothingToSet,
    /// Weights that are set, and were read back.
    Set {
        /// The block that ends the epoch of the weights.
        epoch_end: u64,
        /// The newest block when they were read back.
        seen_at: u64,
        /// The weights, by address.
        weights: Vec<Weight>,
    },
    /// A commitment that was not revealed in time, for example because the program did not run. It
    /// is given up.
    Expired {
        /// The block that ended the epoch of the weights.
        epoch_end: u64,
        /// The last block in which the commitment could have been revealed.
        reveal_until: u64,
    },
}

/// The reason why a validator waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitReason {
    /// An end of the epoch that is too far away: others could copy the weights before they count.
    Window,
    /// Weights of this epoch that are already set.
    AlreadySet,
    /// The subnet's limit on the rate at which a validator sets weights.
    RateLimit,
    /// A commitment that can only be revealed later.
    Reveal,
    /// An open commitment that is not in this folder. Another one cannot be made before it expires.
    OtherCommitment,
}

/// A step of setting weights. The process may end between any two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingStep {
    /// The choice of the row, which is written to disk.
    Plan,
    /// The transaction that sets the row.
    Set,
    /// The transaction that commits to the row.
    Commit,
    /// The wait between the commitment and the reveal.
    Wait,
    /// The transaction that reveals the row.
    Reveal,
    /// The check of the row on the chain.
    ReadBack,
    /// The record that the plan is finished.
    Finish,
}

/// A moment within a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepMoment {
    /// The moment before the step is on disk.
    Before,
    /// The moment after the step is on disk.
    Recorded,
    /// The moment after a node has the transaction.
    Sent,
    /// The moment after a block includes the transaction.
    Included,
}

impl fmt::Display for SettingStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Plan => "plan",
            Self::Set => "set",
            Self::Commit => "commit",
            Self::Wait => "wait",
            Self::Reveal => "reveal",
            Self::ReadBack => "read back",
            Self::Finish => "finish",
        })
    }
}
