//! What happened between one view and the next.

use std::sync::Arc;

use hetu_chain::model::{Hyperparameters, Role};
use hetu_chain::stakework::EpochClock;
use hetu_chain::{Address, Amount, NetUid};
use serde::{Serialize, Serializer};

use crate::{Endpoint, EndpointRefusal, Member, View};

/// One thing that is different.
///
/// Serialised with the member `change`, which names it; endpoints as urls, or null where there is
/// no place to connect to; stake in wei.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubnetChange {
    /// A dendron joined.
    Registered {
        /// The dendron as it is now.
        member: Arc<Member>,
    },
    /// A dendron left, or was pruned.
    Deregistered {
        /// The dendron as it was last.
        member: Arc<Member>,
    },
    /// A dendron serves elsewhere. Also told when only its metrics moved.
    Endpoint {
        /// The dendron.
        address: Address,
        /// Until now.
        #[serde(serialize_with = "url")]
        previous: Result<Endpoint, EndpointRefusal>,
        /// From now on.
        #[serde(serialize_with = "url")]
        current: Result<Endpoint, EndpointRefusal>,
    },
    /// A dendron has another stake.
    Stake {
        /// The dendron.
        address: Address,
        /// Until now.
        previous: Amount,
        /// From now on.
        current: Amount,
    },
    /// A dendron left and joined again as something else.
    Role {
        /// The dendron.
        address: Address,
        /// Until now.
        previous: Role,
        /// From now on.
        current: Role,
    },
    /// A dendron's stake fell below the threshold of its role, or reached it again.
    Activity {
        /// The dendron.
        address: Address,
        /// Whether it is active from now on.
        is_active: bool,
    },
    /// The record of a dendron is another in what the other changes do not tell: when it
    /// registered or last changed.
    Record {
        /// The dendron.
        address: Address,
    },
    /// The rules of the subnet were replaced.
    Hyperparameters {
        /// Until now.
        previous: Box<Hyperparameters>,
        /// From now on.
        current: Box<Hyperparameters>,
    },
    /// The subnet itself is another: most often its owner opened it.
    Subnet {
        /// Whether dendrons may register from now on.
        is_active: bool,
    },
    /// An epoch ended.
    Epoch {
        /// The block that ended it: the last one, if several ended since.
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
    /// What is different in `now`, as far as it is about these addresses or the subnet itself.
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

    /// The end of the last epoch that ended after `before` and not after `now`.
    pub(crate) fn epoch_between(before: &View, now: &View) -> Option<Self> {
        let (from, to) = (before.block.id.number, now.block.id.number);
        let clock = now.epoch();
        let length = u64::from(now.hyperparameters.tempo) + 1;
        let EpochClock { next_end, .. } = clock;
        let ended_at = next_end.checked_sub(length)?;
        (ended_at > from && ended_at <= to).then_some(Self::Epoch { ended_at })
    }

    /// The name by which metrics count it.
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
    /// What has to happen to `self` for it to show what `other` shows, ends of epochs aside.
    pub fn differences(&self, other: &Self) -> Vec<SubnetChange> {
        let mut addresses: Vec<_> =
            self.members().chain(other.members()).map(|member| member.address()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        SubnetChange::between(self, other, addresses)
    }
}

/// A new view and how it differs from the one before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubnetUpdate {
    /// The subnet.
    pub netuid: NetUid,
    /// What it looks like now.
    pub view: Arc<View>,
    /// What is different, the subnet itself first, then by address.
    pub changes: Vec<SubnetChange>,
    /// What brought it about.
    pub cause: UpdateCause,
}

/// Why there is a new view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpdateCause {
    /// A block was added to the chain.
    Block,
    /// The chain took another turn: what blocks above the view's did is undone.
    Rollback,
    /// Everything was read anew, because too much was missed.
    Resync,
    /// A fresh read differed from what events had told.
    Reconciliation,
}
