//! Proposals, which a timelock executes after a delay.

use serde::{Deserialize, Serialize};

use crate::primitives::{Bytes32, keccak256};
use crate::{Address, Amount};

/// Calls that a timelock executes atomically.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The calls, in their order. A single call is scheduled by itself, several as a batch.
    pub calls: Vec<ProposedCall>,
    /// The proposal that has to be executed first; all zero for none.
    pub predecessor: Bytes32,
    /// A value that distinguishes the proposal from others with the same content.
    pub salt: Bytes32,
}

/// One call of a [`Proposal`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedCall {
    /// The contract.
    pub target: Address,
    /// HETU to send.
    pub value: Amount,
    /// The call data.
    pub data: Vec<u8>,
}

/// The state of a [`Proposal`] (`TimelockController.OperationState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProposalState {
    /// A proposal that was not scheduled, or was cancelled.
    Unknown,
    /// A proposal that waits for its delay to end.
    Waiting,
    /// A proposal that can be executed.
    Ready,
    /// A proposal that was executed.
    Done,
}

/// A role of an account at a timelock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimelockRole {
    /// The role that grants and revokes roles.
    Admin,
    /// The role that schedules proposals.
    Proposer,
    /// The role that executes ready proposals. If the zero address has it, any account may execute.
    Executor,
    /// The role that cancels waiting proposals.
    Canceller,
}

impl TimelockRole {
    /// Returns the identifier of the role in the contract.
    pub fn id(self) -> Bytes32 {
        let name = match self {
            Self::Admin => return Bytes32::default(),
            Self::Proposer => "PROPOSER_ROLE",
            Self::Executor => "EXECUTOR_ROLE",
            Self::Canceller => "CANCELLER_ROLE",
        };
        Bytes32::from(keccak256(name))
    }
}
