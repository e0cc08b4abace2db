//! Typed events of the contracts.

mod dendron;
mod governance;
mod pool;
mod rewards;
mod staking;
mod subnet;
mod token;
mod weights;

pub use dendron::DendronEvent;
pub use governance::GovernanceEvent;
pub use pool::PoolEvent;
pub use rewards::RewardsEvent;
pub use staking::StakingEvent;
pub use subnet::{NetworkParameterChange, SubnetEvent};
pub use token::{Token, TokenEvent};
pub use weights::{Weight, WeightsEvent};

use serde::{Deserialize, Serialize};

use crate::NetUid;

/// An event of a contract of the network.
///
/// Events are decoded only from logs of the network's own contracts. Logs of the same shape from
/// other addresses are ignored. The block numbers that the contracts repeat in their events are
/// left out, because every event is delivered together with its block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChainEvent {
    /// An event of subnets and of the rules of registering them.
    Subnet(SubnetEvent),
    /// An event of dendrons.
    Dendron(DendronEvent),
    /// An event of stake.
    Staking(StakingEvent),
    /// An event of WHETU and of the tokens of subnets.
    Token(TokenEvent),
    /// An event of the pools of subnets.
    Pool(PoolEvent),
    /// An event of weights.
    Weights(WeightsEvent),
    /// An event of rewards.
    Rewards(RewardsEvent),
    /// An event of owners and timelocks.
    Governance(GovernanceEvent),
}

/// The group of a [`ChainEvent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventGroup {
    /// [`ChainEvent::Subnet`].
    Subnet,
    /// [`ChainEvent::Dendron`].
    Dendron,
    /// [`ChainEvent::Staking`].
    Staking,
    /// [`ChainEvent::Token`].
    Token,
    /// [`ChainEvent::Pool`].
    Pool,
    /// [`ChainEvent::Weights`].
    Weights,
    /// [`ChainEvent::Rewards`].
    Rewards,
    /// [`ChainEvent::Governance`].
    Governance,
}

impl ChainEvent {
    /// Returns the group of the event.
    pub const fn group(&self) -> EventGroup {
        match self {
            Self::Subnet(_) => EventGroup::Subnet,
            Self::Dendron(_) => EventGroup::Dendron,
            Self::Staking(_) => EventGroup::Staking,
            Self::Token(_) => EventGroup::Token,
            Self::Pool(_) => EventGroup::Pool,
            Self::Weights(_) => EventGroup::Weights,
            Self::Rewards(_) => EventGroup::Rewards,
            Self::Governance(_) => EventGroup::Governance,
        }
    }

    /// Returns the subnet of the event, or `None` if it is about the whole network.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Subnet(event) => event.netuid(),
            Self::Dendron(event) => event.netuid(),
            Self::Staking(event) => event.netuid(),
            Self::Token(event) => event.netuid(),
            Self::Pool(event) => event.netuid(),
            Self::Weights(event) => Some(event.netuid()),
            Self::Rewards(event) => event.netuid(),
            Self::Governance(event) => event.netuid(),
        }
    }
}
