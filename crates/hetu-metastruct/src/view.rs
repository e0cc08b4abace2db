//! A subnet as it stood at one block.

use std::collections::HashMap;
use std::sync::Arc;

use hetu_chain::{
    Address, Amount, Block, Dendron, EpochClock, Hyperparameters, NetUid, Role, Subnet,
};
use serde::Serialize;

use crate::{Endpoint, EndpointRefusal};

/// A dendron of the subnet, and where it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Member {
    /// What the chain says of it.
    pub dendron: Dendron,
    /// Where it serves, or why what it registered is no place to connect to.
    pub endpoint: Result<Endpoint, EndpointRefusal>,
}

impl Member {
    /// The account, which signs for the dendron.
    pub const fn address(&self) -> Address {
        self.dendron.address
    }

    /// Whether it takes part in `role` now: registered, and staked above the threshold.
    pub fn is_active(&self, role: Role) -> bool {
        self.dendron.is_active && self.dendron.role == role
    }
}

/// A subnet as it stood at one block. Immutable: a reader never sees half a change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct View {
    /// The block whose state this is.
    pub block: Block,
    /// The subnet.
    pub subnet: Subnet,
    /// The numbers that govern it.
    pub hyperparameters: Hyperparameters,
    miners: Vec<Arc<Member>>,
    validators: Vec<Arc<Member>>,
    by_address: HashMap<Address, Arc<Member>>,
}

impl View {
    pub(crate) fn new(
        block: Block,
        subnet: Subnet,
        hyperparameters: Hyperparameters,
        dendrons: Vec<Dendron>,
        allows_private_addresses: bool,
    ) -> Self {
        let mut members: Vec<_> = dendrons
            .into_iter()
            .map(|dendron| {
                let endpoint = Endpoint::parse(&dendron.endpoint, allows_private_addresses);
                Arc::new(Member { dendron, endpoint })
            })
            .collect();
        members.sort_by_key(|member| (std::cmp::Reverse(member.dendron.stake), member.address()));
        let of_role = |role| {
            let members = members.iter().filter(|member| member.dendron.role == role);
            members.cloned().collect()
        };
        Self {
            block,
            subnet,
            hyperparameters,
            miners: of_role(Role::Miner),
            validators: of_role(Role::Validator),
            by_address: members.into_iter().map(|member| (member.address(), member)).collect(),
        }
    }

    /// The subnet's number.
    pub const fn netuid(&self) -> NetUid {
        self.subnet.netuid
    }

    /// The dendron of `address`, whatever its role.
    pub fn get(&self, address: Address) -> Option<&Arc<Member>> {
        self.by_address.get(&address)
    }

    /// All miners, by falling stake, then by address.
    pub fn miners(&self) -> &[Arc<Member>] {
        &self.miners
    }

    /// All validators, by falling stake, then by address.
    pub fn validators(&self) -> &[Arc<Member>] {
        &self.validators
    }

    /// How many dendrons there are.
    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// What all dendrons together have allocated to the subnet.
    pub fn total_stake(&self) -> Amount {
        self.by_address.values().map(|member| member.dendron.stake).sum()
    }

    /// Where the block stands in the subnet's epoch.
    pub fn epoch(&self) -> EpochClock {
        EpochClock::at(self.block.id.number, self.netuid(), self.hyperparameters.tempo)
    }
}
