//! A subnet at one block.

use std::sync::Arc;

use hetu_chain::model::{Block, Dendron, Hyperparameters, Role, Subnet};
use hetu_chain::stakework::EpochClock;
use hetu_chain::{Address, Amount, NetUid};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::members::Members;
use crate::{Endpoint, Member};

/// An immutable view of a subnet at one block. A reader never sees a part of a change.
///
/// Views are equal if their blocks and contents are equal, in whatever order a node returned them.
/// The serialised form has all members by address, with amounts in wei.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct View {
    /// The block of this state: its height, hash and time.
    pub block: Block,
    /// The subnet.
    pub subnet: Arc<Subnet>,
    /// The hyperparameters of the subnet.
    pub hyperparameters: Hyperparameters,
    pub(crate) members: Arc<Members>,
}

impl View {
    pub(crate) fn new(
        block: Block,
        subnet: Subnet,
        hyperparameters: Hyperparameters,
        dendrons: Vec<Dendron>,
        allows_private_addresses: bool,
    ) -> Self {
        let members =
            dendrons.into_iter().map(|dendron| Member::new(dendron, allows_private_addresses));
        let members = Arc::new(Members::new(members));
        Self { block, subnet: Arc::new(subnet), hyperparameters, members }
    }

    /// Returns the number of the subnet.
    pub fn netuid(&self) -> NetUid {
        self.subnet.netuid
    }

    /// Returns the dendron of `address`, in any role.
    pub fn get(&self, address: Address) -> Option<&Arc<Member>> {
        self.members.get(address)
    }

    /// Returns the dendrons that registered `endpoint`, with any scheme. There is more than one if
    /// a dendron registered the endpoint of another one.
    pub fn at_endpoint(&self, endpoint: &Endpoint) -> &[Arc<Member>] {
        self.members.at_endpoint(endpoint)
    }

    /// Returns all miners, by stake in descending order, then by address.
    pub fn miners(&self) -> &[Arc<Member>] {
        self.members.of_role(Role::Miner)
    }

    /// Returns all validators, by stake in descending order, then by address.
    pub fn validators(&self) -> &[Arc<Member>] {
        self.members.of_role(Role::Validator)
    }

    /// Returns the dendrons of `role` with a stake above the threshold, by stake in descending
    /// order, then by address.
    pub fn active(&self, role: Role) -> impl Iterator<Item = &Arc<Member>> {
        self.members.of_role(role).iter().filter(move |member| member.is_active(role))
    }

    /// Returns all dendrons, in no particular order.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.iter()
    }

    /// Returns the number of dendrons.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns `true` if there are no dendrons.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the sum of the stakes that all dendrons have allocated to the subnet.
    pub fn total_stake(&self) -> Amount {
        self.members.total_stake()
    }

    /// Returns the position of the block in the subnet's epoch. An epoch ends at a block for which
    /// `(block + netuid + 1) mod (tempo + 1)` is zero.
    pub fn epoch(&self) -> EpochClock {
        EpochClock::at(self.block.id.number, self.netuid(), self.hyperparameters.tempo)
    }

    /// Returns `true` if both views have the same content, at any blocks and in any order.
    pub fn has_content_of(&self, other: &Self) -> bool {
        self.subnet == other.subnet
            && self.hyperparameters == other.hyperparameters
            && (Arc::ptr_eq(&self.members, &other.members) || self.members == other.members)
    }
}

impl Serialize for View {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members: Vec<_> = self.members().collect();
        members.sort_unstable_by_key(|member| member.address());
        let members: Vec<_> = members.into_iter().map(Arc::as_ref).collect();
        let mut fields = serializer.serialize_struct("View", 6)?;
        fields.serialize_field("block", &self.block)?;
        fields.serialize_field("subnet", &*self.subnet)?;
        fields.serialize_field("hyperparameters", &self.hyperparameters)?;
        fields.serialize_field("epoch", &self.epoch())?;
        fields.serialize_field("total_stake", &self.total_stake())?;
        fields.serialize_field("members", &members)?;
        fields.end()
    }
}
