//! Events of owners, which several contracts have, and of `HetuTimelock`.

use serde::{Deserialize, Serialize};

use crate::model::Contract;
use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// What happened to the power over contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GovernanceEvent {
    /// The next owner was named, and has to accept (`OwnershipTransferStarted`; not on the
    /// published network).
    OwnershipOffered {
        /// What is owned.
        contract: Contract,
        /// Its owner.
        owner: Address,
        /// Its next owner.
        next: Address,
    },
    /// There is another owner (`OwnershipTransferred`).
    OwnershipTransferred {
        /// What is owned.
        contract: Contract,
        /// Until now; the zero address at its creation.
        previous: Address,
        /// From now on; the zero address if it has none any more.
        current: Address,
    },
    /// A call was proposed to a timelock (`CallScheduled`).
    CallScheduled {
        /// The proposal.
        id: Bytes32,
        /// Its position in the proposal.
        index: u64,
        /// The contract to call.
        target: Address,
        /// HETU to send.
        value: Amount,
        /// What to call it with.
        data: Vec<u8>,
        /// The proposal that has to be executed before; all zero for none.
        predecessor: Bytes32,
        /// How long it waits, in seconds.
        delay: u64,
    },
    /// What tells a proposal from others of the same content (`CallSalt`).
    CallSalt {
        /// The proposal.
        id: Bytes32,
        /// The salt.
        salt: Bytes32,
    },
    /// A call was executed (`CallExecuted`).
    CallExecuted {
        /// The proposal.
        id: Bytes32,
        /// Its position in the proposal.
        index: u64,
        /// The contract that was called.
        target: Address,
        /// HETU that was sent.
        value: Amount,
        /// What it was called with.
        data: Vec<u8>,
    },
    /// A proposal was withdrawn (`Cancelled`).
    Cancelled {
        /// The proposal.
        id: Bytes32,
    },
    /// Proposals wait longer or shorter at least (`MinDelayChange`).
    MinimumDelayChanged {
        /// Until now, in seconds.
        previous: u64,
        /// From now on, in seconds.
        current: u64,
    },
    /// Somebody was given a role of a timelock (`RoleGranted`).
    RoleGranted {
        /// The role.
        role: Bytes32,
        /// Who.
        account: Address,
        /// By whom.
        sender: Address,
    },
    /// A role of a timelock was taken from somebody (`RoleRevoked`).
    RoleRevoked {
        /// The role.
        role: Bytes32,
        /// Who.
        account: Address,
        /// By whom.
        sender: Address,
    },
    /// Other accounts grant and revoke a role (`RoleAdminChanged`).
    RoleAdminChanged {
        /// The role.
        role: Bytes32,
        /// The role of who did until now.
        previous: Bytes32,
        /// The role of who does from now on.
        current: Bytes32,
    },
}

impl GovernanceEvent {
    /// The subnet, if it is about the owner of a subnet's own contract.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::OwnershipOffered { contract, .. }
            | Self::OwnershipTransferred { contract, .. } => contract.netuid(),
            _ => None,
        }
    }
}
