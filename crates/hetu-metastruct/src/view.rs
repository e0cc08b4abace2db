//! A subnet as it stood at one block.

use std::sync::Arc;

use hetu_chain::model::{Block, Dendron, Hyperparameters, Role, Subnet};
use hetu_chain::stakework::EpochClock;
use hetu_chain::{Address, Amount, NetUid};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::members::Members;
use crate::{Endpoint, Member};

/// A subnet as it stood at one block. Immutable: a reader never sees half a change.
///
/// Views are equal if their blocks and contents are, in whatever order a node told them.
/// Serialised with all members by address; amounts in wei.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct View {
    /// The block whose state this is: its height, hash and time.
    pub block: Block,
    /// The subnet.
    pub subnet: Arc<Subnet>,
    /// The numbers that govern it.
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

    /// The subnet's number.
    pub fn netuid(&self) -> NetUid {
        self.subnet.netuid
    }

    /// The dendron of `address`, whatever its role.
    pub fn get(&self, address: Address) -> Option<&Arc<Member>> {
        self.members.get(address)
    }

    /// The dendrons that registered `endpoint`, its scheme aside: more than one if somebody
    /// registered what is another's.
    pub fn at_endpoint(&self, endpoint: &Endpoint) -> &[Arc<Member>] {
        self.members.at_endpoint(endpoint)
    }

    /// All miners, by falling stake, then by address.
    pub fn miners(&self) -> &[Arc<Member>] {
        self.members.of_role(Role::Miner)
    }

    /// All validators, by falling stake, then by address.
    pub fn validators(&self) -> &[Arc<Member>] {
        self.members.of_role(Role::Validator)
    }

    /// Those of `role` whose stake is above the threshold, by falling stake, then by address.
    pub fn active(&self, role: Role) -> impl Iterator<Item = &Arc<Member>> {
        self.members.of_role(role).iter().filter(move |member| member.is_active(role))
    }

    /// All dendrons, in no order.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.iter()
    }

    /// How many dendrons there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What all dendrons together have allocated to the subnet.
    pub fn total_stake(&self) -> Amount {
        self.members.total_stake()
    }

    /// Where the block stands in the subnet's epoch: `(block + netuid + 1) mod (tempo + 1)` is zero
    /// where one ends.
    pub fn epoch(&self) -> EpochClock {
        EpochClock::at(self.block.id.number, self.netuid(), self.hyperparameters.tempo)
    }

    /// Whether both show the same, of whatever blocks and in whatever order.
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
