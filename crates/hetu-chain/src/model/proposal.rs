//! What a timelock does after a while.

use serde::{Deserialize, Serialize};

use crate::primitives::{Bytes32, keccak256};
use crate::{Address, Amount};

/// Calls that a timelock makes together, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The calls, in their order. One is scheduled by itself, several as a batch.
    pub calls: Vec<ProposedCall>,
    /// The proposal that has to be executed before; all zero for none.
    pub predecessor: Bytes32,
    /// Tells the proposal from others of the same content.
    pub salt: Bytes32,
}

/// One call of a [`Proposal`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedCall {
    /// The contract.
    pub target: Address,
    /// HETU to send.
    pub value: Amount,
    /// What it is called with.
    pub data: Vec<u8>,
}

/// What became of a [`Proposal`] (`TimelockController.OperationState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProposalState {
    /// It was not scheduled, or was cancelled.
    Unknown,
    /// It waits.
    Waiting,
    /// It can be executed.
    Ready,
    /// It was executed.
    Done,
}

/// What an account may do at a timelock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimelockRole {
    /// Grants and revokes roles.
    Admin,
    /// Schedules proposals.
    Proposer,
    /// Executes those that are ready. The zero address in this role lets anyone.
    Executor,
    /// Cancels those that wait.
    Canceller,
}

impl TimelockRole {
    /// The role as the contract names it.
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
