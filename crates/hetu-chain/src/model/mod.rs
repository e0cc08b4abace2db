//! What the contracts know, in our own types.

mod contract;
mod dendron;
mod event;
mod stake;
mod subnet;
mod transaction;

pub use contract::Contract;
pub use dendron::{Dendron, RawEndpoint, Role};
pub use event::{
    ChainEvent, DendronEvent, EventGroup, GovernanceEvent, NetworkParameterChange, PoolEvent,
    RewardsEvent, StakingEvent, SubnetEvent, Token, TokenEvent, Weight, WeightsEvent,
};
pub use stake::{Allocation, Stake};
pub use subnet::{Hyperparameters, Subnet};
pub(crate) use transaction::Log;
pub use transaction::{Block, Receipt};
