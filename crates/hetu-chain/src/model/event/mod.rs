//! What the contracts report, in our own types.

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

/// Something that a contract of the network reported.
///
/// Decoded only from logs of the network's own contracts: whoever else writes a log of the same
/// shape is not heard. Block numbers that the contracts repeat in their events are left out,
/// because what delivers an event says which block it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChainEvent {
    /// Of subnets and the rules of registering them.
    Subnet(SubnetEvent),
    /// Of dendrons.
    Dendron(DendronEvent),
    /// Of stake.
    Staking(StakingEvent),
    /// Of WHETU and the tokens of subnets.
    Token(TokenEvent),
    /// Of the pools of subnets.
    Pool(PoolEvent),
    /// Of weights.
    Weights(WeightsEvent),
    /// Of rewards.
    Rewards(RewardsEvent),
    /// Of owners and timelocks.
    Governance(GovernanceEvent),
}

/// The kinds of [`ChainEvent`]s.
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
    /// Its kind.
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

    /// The subnet it is about, or nothing if it is about the whole network.
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
