//! Changes of a subnet in the format of results.

use hetu::Address;
use hetu::chain::model::{Hyperparameters, Role};
use hetu::metastruct::SubnetChange;
use serde::Serialize;

use super::row::MemberRow;
use crate::decimal::Decimal;

/// A change. Its member `change` names the variant.
#[derive(Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(super) enum ChangeRow {
    Registered {
        dendron: Box<MemberRow>,
    },
    Deregistered {
        dendron: Box<MemberRow>,
    },
    Endpoint {
        address: Address,
        previous: Option<String>,
        current: Option<String>,
    },
    Stake {
        address: Address,
        previous: Decimal,
        current: Decimal,
    },
    Role {
        address: Address,
        previous: Role,
        current: Role,
    },
    Activity {
        address: Address,
        is_active: bool,
    },
    Record {
        address: Address,
    },
    Hyperparameters {
        current: Box<Hyperparameters>,
    },
    Subnet {
        is_active: bool,
    },
    Epoch {
        ended_at: u64,
    },
    /// Change that only a later version of the library defines.
    Other,
}

impl From<&SubnetChange> for ChangeRow {
    fn from(change: &SubnetChange) -> Self {
        match change {
            SubnetChange::Registered { member } => {
                Self::Registered { dendron: Box::new(MemberRow::of(member)) }
            }
            SubnetChange::Deregistered { member } => {
                Self::Deregistered { dendron: Box::new(MemberRow::of(member)) }
            }
            SubnetChange::Endpoint { address, previous, current } => {
                let url = |place: &Result<hetu::metastruct::Endpoint, _>| {
                    place.as_ref().ok().map(ToString::to_string)
                };
                Self::Endpoint { address: *address, previous: url(previous), current: url(current) }
            }
            SubnetChange::Stake { address, previous, current } => Self::Stake {
                address: *address,
                previous: (*previous).into(),
                current: (*current).into(),
            },
            SubnetChange::Role { address, previous, current } => {
                Self::Role { address: *address, previous: *previous, current: *current }
            }
            SubnetChange::Activity { address, is_active } => {
                Self::Activity { address: *address, is_active: *is_active }
            }
            SubnetChange::Record { address } => Self::Record { address: *address },
            SubnetChange::Hyperparameters { current, .. } => {
                Self::Hyperparameters { current: current.clone() }
            }
            SubnetChange::Subnet { is_active } => Self::Subnet { is_active: *is_active },
            SubnetChange::Epoch { ended_at } => Self::Epoch { ended_at: *ended_at },
            _ => Self::Other,
        }
    }
}

impl ChangeRow {
    pub(super) fn text(&self) -> String {
        let place = |url: &Option<String>| url.clone().unwrap_or_else(|| "nowhere".to_owned());
        match self {
            Self::Registered { dendron } => format!(
                "{} joined as {} with {} HETU, serving at {}",
                dendron.address,
                dendron.role,
                dendron.stake,
                place(&dendron.url)
            ),
            Self::Deregistered { dendron } => format!("{} left", dendron.address),
            Self::Endpoint { address, current, .. } => {
                format!("{address} serves at {}", place(current))
            }
            Self::Stake { address, previous, current } => {
                format!("{address} has {current} HETU of stake, not {previous}")
            }
            Self::Role { address, current, .. } => format!("{address} is a {current} now"),
            Self::Activity { address, is_active: true } => format!("{address} is active"),
            Self::Activity { address, .. } => format!("{address} is not active any more"),
            Self::Record { address } => format!("the record of {address} is another"),
            Self::Hyperparameters { .. } => "the rules were replaced".to_owned(),
            Self::Subnet { is_active } => {
                let state = if *is_active { "open" } else { "not open" };
                format!("the subnet is {state}")
            }
            Self::Epoch { ended_at } => format!("an epoch ended at block {ended_at}"),
            Self::Other => "something else changed".to_owned(),
        }
    }
}
