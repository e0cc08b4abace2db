//! The results of a call that advances the weights.

use std::fmt;

use hetu_chain::model::Weight;
use serde::Serialize;

/// The result of [`WeightSetter::advance`](super::WeightSetter::advance).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "progress")]
#[non_exhaustive]
pub enum WeightProgress {
    /// No step is possible before a later block.
    Waiting {
        /// The reason.
        reason: WaitReason,
        /// The block from which the next step is possible, as soon as it is the newest.
        until_block: u64,
    },
    /// No miner has a positive score, so no weights are set.
    NothingToSet,
    /// The weights are set, and were read back.
    Set {
        /// The block that ends the epoch of the weights.
        epoch_end: u64,
        /// The newest block when they were read back.
        seen_at: u64,
        /// The weights, by address.
        weights: Vec<Weight>,
    },
    /// The commitment was not revealed in time, for example because the program did not run. It is
    /// given up.
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
    /// The end of the epoch is too far away: others could copy the weights before they count.
    Window,
    /// The weights of this epoch are set.
    AlreadySet,
    /// The subnet limits the rate at which a validator sets weights.
    RateLimit,
    /// The commitment can only be revealed later.
    Reveal,
    /// A commitment that is not in this folder is open. Another one cannot be made before it
    /// expires.
    OtherCommitment,
}

/// A step of setting weights. The process may end between any two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingStep {
    /// The row is chosen and written to disk.
    Plan,
    /// The row is sent.
    Set,
    /// The commitment is sent.
    Commit,
    /// The commitment is on the chain.
    Wait,
    /// The row is revealed.
    Reveal,
    /// The row is read back.
    ReadBack,
    /// The plan is recorded as finished.
    Finish,
}

/// A moment within a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepMoment {
    /// The step is not on disk yet.
    Before,
    /// The step is on disk.
    Recorded,
    /// A node has the transaction.
    Sent,
    /// A block includes the transaction.
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
