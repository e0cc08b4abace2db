//! Differences between one view and the next.

use std::sync::Arc;

use hetu_chain::model::{Hyperparameters, Role};
use hetu_chain::stakework::EpochClock;
use hetu_chain::{Address, Amount, NetUid};
use serde::{Serialize, Serializer};

use crate::{Endpoint, EndpointRefusal, Member, View};

/// A single difference between two views.
///
/// The serialised form has the member `change`, which names the variant. Endpoints are URLs, or
/// null if a dendron cannot be reached. Stake is in wei.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubnetChange {
    /// A dendron that joined.
    Registered {
        /// The current state of the dendron.
        member: Arc<Member>,
    },
    /// A dendron that left or was pruned.
    Deregistered {
        /// The last state of the dendron.
        member: Arc<Member>,
    },
    /// A new endpoint of a dendron. Also reported if only its metrics endpoint changed.
    Endpoint {
        /// The dendron.
        address: Address,
        /// The previous endpoint.
        #[serde(serialize_with = "url")]
        previous: Result<Endpoint, EndpointRefusal>,
        /// The new endpoint.
        #[serde(serialize_with = "url")]
        current: Result<Endpoint, EndpointRefusal>,
    },
    /// A new stake of a dendron.
    Stake {
        /// The dendron.
        address: Address,
        /// The previous stake.
        previous: Amount,
        /// The new stake.
        current: Amount,
    },
    /// A new role of a dendron, which left and joined again.
    Role {
        /// The dendron.
        address: Address,
        /// The previous role.
        previous: Role,
        /// The new role.
        current: Role,
    },
    /// A stake that fell below the threshold of the dendron's role, or reached it again.
    Activity {
        /// The dendron.
        address: Address,
        /// `true` if the dendron is now active.
        is_active: bool,
    },
    /// A change of the record that the other variants do not cover: the time of registration or of
    /// the last change.
    Record {
        /// The dendron.
        address: Address,
    },
    /// New hyperparameters of the subnet.
    Hyperparameters {
        /// The previous hyperparameters.
        previous: Box<Hyperparameters>,
        /// The new hyperparameters.
        current: Box<Hyperparameters>,
    },
    /// A change of the subnet itself. In most cases its owner opened it.
    Subnet {
        /// `true` if dendrons may now register.
        is_active: bool,
    },
    /// The end of an epoch.
    Epoch {
        /// The block that ended the epoch. If several epochs ended, the end of the last one.
        ended_at: u64,
    },
}

fn url<S: Serializer>(
    endpoint: &Result<Endpoint, EndpointRefusal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    endpoint.as_ref().ok().map(ToString::to_string).serialize(serializer)
}

impl SubnetChange {
    /// Returns the differences in `now` that concern these addresses or the subnet itself.
    pub(crate) fn between(
        before: &View,
        now: &View,
        addresses: impl IntoIterator<Item = Address>,
    ) -> Vec<Self> {
        let mut changes = Vec::new();
        if before.subnet != now.subnet {
            changes.push(Self::Subnet { is_active: now.subnet.is_active });
        }
        if before.hyperparameters != now.hyperparameters {
            let previous = Box::new(before.hyperparameters);
            let current = Box::new(now.hyperparameters);
            changes.push(Self::Hyperparameters { previous, current });
        }
        for address in addresses {
            match (before.get(address), now.get(address)) {
                (None, Some(member)) => {
                    changes.push(Self::Registered { member: Arc::clone(member) })
                }
                (Some(member), None) => {
                    changes.push(Self::Deregistered { member: Arc::clone(member) });
                }
                (Some(before), Some(now)) => Self::of_member(before, now, &mut changes),
                (None, None) => {}
            }
        }
        changes
    }

    fn of_member(before: &Member, now: &Member, changes: &mut Vec<Self>) {
        if before == now {
            return;
        }
        let address = now.address();
        let told = changes.len();
        let (was, is) = (&before.dendron, &now.dendron);
        if was.role != is.role {
            changes.push(Self::Role { address, previous: was.role, current: is.role });
        }
        if was.endpoint != is.endpoint || was.metrics_endpoint != is.metrics_endpoint {
            let (previous, current) = (before.endpoint.clone(), now.endpoint.clone());
            changes.push(Self::Endpoint { address, previous, current });
        }
        if was.stake != is.stake {
            changes.push(Self::Stake { address, previous: was.stake, current: is.stake });
        }
        if was.is_active != is.is_active {
            changes.push(Self::Activity { address, is_active: is.is_active });
        }
        if changes.len() == told {
            changes.push(Self::Record { address });
        }
    }

    /// Returns the end of the last epoch that ended after `before` and not after `now`.
    pub(crate) fn epoch_between(before: &View, now: &View) -> Option<Self> {
        let (from, to) = (before.block.id.number, now.block.id.number);
        let clock = now.epoch();
        let length = u64::from(now.hyperparameters.tempo) + 1;
        let EpochClock { next_end, .. } = clock;
        let ended_at = next_end.checked_sub(length)?;
        (ended_at > from && ended_at <= to).then_some(Self::Epoch { ended_at })
    }

    /// Returns the name under which metrics count it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::Deregistered { .. } => "deregistered",
            Self::Endpoint { .. } => "endpoint",
            Self::Stake { .. } => "stake",
            Self::Role { .. } => "role",
            Self::Activity { .. } => "activity",
            Self::Record { .. } => "record",
            Self::Hyperparameters { .. } => "hyperparameters",
            Self::Subnet { .. } => "subnet",
            Self::Epoch { .. } => "epoch",
        }
    }
}

impl View {
    /// Returns the changes that turn `self` into `other`, without ends of epochs.
    pub fn differences(&self, other: &Self) -> Vec<SubnetChange> {
        let mut addresses: Vec<_> =
            self.members().chain(other.members()).map(|member| member.address()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        SubnetChange::between(self, other, addresses)
    }
}

/// A new view and its differences from the previous one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubnetUpdate {
    /// The subnet.
    pub netuid: NetUid,
    /// The new view.
    pub view: Arc<View>,
    /// The differences: first those of the subnet itself, then the others by address.
    pub changes: Vec<SubnetChange>,
    /// The cause of the update.
    pub cause: UpdateCause,
}

/// The cause of a new view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpdateCause {
    /// A new block of the chain.
    Block,
    /// A reorganisation of the chain: the changes of the dropped blocks are undone.
    Rollback,
    /// A fresh read of the whole subnet, because too many blocks were missed.
    Resync,
    /// A fresh read that differed from the state derived from events.
    Reconciliation,
}
