//! Events of ownership, which several contracts emit, and of `HetuTimelock`.

use serde::{Deserialize, Serialize};

use crate::model::Contract;
use crate::primitives::Bytes32;
use crate::{Address, Amount, NetUid};

/// An event of ownership, of a timelock or of its roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GovernanceEvent {
    /// The proposal of a new owner, which takes effect when it accepts (`OwnershipTransferStarted`;
    /// not on the published network).
    OwnershipOffered {
        /// The owned contract.
        contract: Contract,
        /// Its owner.
        owner: Address,
        /// Its proposed owner.
        next: Address,
    },
    /// A change of the owner (`OwnershipTransferred`).
    OwnershipTransferred {
        /// The owned contract.
        contract: Contract,
        /// The previous owner; the zero address at creation.
        previous: Address,
        /// The new owner; the zero address if ownership was renounced.
        current: Address,
    },
    /// The proposal of a call to a timelock (`CallScheduled`).
    CallScheduled {
        /// The proposal.
        id: Bytes32,
        /// Its position in the proposal.
        index: u64,
        /// The contract to call.
        target: Address,
        /// HETU to send.
        value: Amount,
        /// The call data.
        data: Vec<u8>,
        /// The proposal that has to be executed first; all zero for none.
        predecessor: Bytes32,
        /// The delay until it can be executed, in seconds.
        delay: u64,
    },
    /// The salt that distinguishes a proposal from others with the same content (`CallSalt`).
    CallSalt {
        /// The proposal.
        id: Bytes32,
        /// The salt.
        salt: Bytes32,
    },
    /// The execution of a call (`CallExecuted`).
    CallExecuted {
        /// The proposal.
        id: Bytes32,
        /// Its position in the proposal.
        index: u64,
        /// The contract that was called.
        target: Address,
        /// HETU that was sent.
        value: Amount,
        /// The call data.
        data: Vec<u8>,
    },
    /// The cancellation of a proposal (`Cancelled`).
    Cancelled {
        /// The proposal.
        id: Bytes32,
    },
    /// A change of the minimum delay of proposals (`MinDelayChange`).
    MinimumDelayChanged {
        /// The previous delay, in seconds.
        previous: u64,
        /// The new delay, in seconds.
        current: u64,
    },
    /// The grant of a timelock role to an account (`RoleGranted`).
    RoleGranted {
        /// The role.
        role: Bytes32,
        /// The account that received the role.
        account: Address,
        /// The account that granted it.
        sender: Address,
    },
    /// The revocation of an account's timelock role (`RoleRevoked`).
    RoleRevoked {
        /// The role.
        role: Bytes32,
        /// The account that lost the role.
        account: Address,
        /// The account that revoked it.
        sender: Address,
    },
    /// A change of the role that grants and revokes another role (`RoleAdminChanged`).
    RoleAdminChanged {
        /// The role.
        role: Bytes32,
        /// The previous admin role.
        previous: Bytes32,
        /// The new admin role.
        current: Bytes32,
    },
}

impl GovernanceEvent {
    /// Returns the subnet, if the event is about the owner of a subnet's own contract.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::OwnershipOffered { contract, .. }
            | Self::OwnershipTransferred { contract, .. } => contract.netuid(),
            _ => None,
        }
    }
}
