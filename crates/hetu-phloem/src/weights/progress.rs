//! What a look at the weights came to.

use std::fmt;

use hetu_chain::model::Weight;
use serde::Serialize;

/// What a call of [`WeightSetter::advance`](super::WeightSetter::advance) came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "progress")]
#[non_exhaustive]
pub enum WeightProgress {
    /// There is nothing to do before a block.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// When there is something to do again: as soon as this block is the newest.
        until_block: u64,
    },
    /// Nobody is worth anything, so there is nothing to set.
    NothingToSet,
    /// The weights are set, and were read back.
    Set {
        /// The block that ends the epoch that they were made for.
        epoch_end: u64,
        /// The newest block when they were read back.
        seen_at: u64,
        /// The weights, by address.
        weights: Vec<Weight>,
    },
    /// What was committed to was not revealed in time, such as when the program did not run. It
    /// is given up.
    Expired {
        /// The block that ended the epoch that they were made for.
        epoch_end: u64,
        /// The last block in which it could have been revealed.
        reveal_until: u64,
    },
}

/// What a validator waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitReason {
    /// The end of the epoch is too far away: others could copy the weights before they count.
    Window,
    /// The weights of this epoch are set.
    AlreadySet,
    /// The subnet takes weights of a validator only so often.
    RateLimit,
    /// What was committed to can be revealed later.
    Reveal,
    /// A commitment is open that this folder knows nothing of. Another cannot be made before it
    /// expires.
    OtherCommitment,
}

/// What is done to set weights. Between any two of them the process may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingStep {
    /// The row is chosen and written down.
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
    /// All of it is written down as done.
    Finish,
}

/// Where in a step that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepMoment {
    /// It is going to be written down.
    Before,
    /// It is on the disk.
    Recorded,
    /// A node has the transaction.
    Sent,
    /// A block includes it.
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
