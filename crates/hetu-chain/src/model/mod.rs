//! Typed state of the contracts.

mod contract;
mod dendron;
mod epoch_parameters;
mod event;
mod hyperparameters;
mod pool;
mod proposal;
mod reward_tree;
mod rewards;
mod stake;
mod subnet;
mod token;
mod transaction;
mod weights;

pub use contract::Contract;
pub use dendron::{Dendron, RawEndpoint, Registration, Role};
pub use event::{
    ChainEvent, DendronEvent, EventGroup, GovernanceEvent, NetworkParameterChange, PoolEvent,
    RewardsEvent, StakingEvent, SubnetEvent, Token, TokenEvent, Weight, WeightsEvent,
};
pub(crate) use hyperparameters::for_each_hyperparameter;
pub use hyperparameters::{
    Hyperparameter, HyperparameterChange, HyperparameterChanges, HyperparameterConflict,
    HyperparameterValue, Hyperparameters, InvalidHyperparameter,
};
pub use pool::{
    LargeTrade, PoolFactoryInfo, PoolHealth, PoolInfo, PoolStatistics, PoolSummary, ReserveCheck,
    TradeLimits, TradeQuote, TraderVolume,
};
pub use proposal::{Proposal, ProposalState, ProposedCall, TimelockRole};
pub use reward_tree::RewardTree;
pub use rewards::{PendingRoot, RewardClaim, RewardRoot, SubnetRewards};
pub use stake::{Allocation, Stake};
pub use subnet::{
    NetworkParameters, NewSubnet, RegistrationRules, Subnet, SubnetDetails, SubnetSnapshot,
};
pub(crate) use token::PermitText;
pub use token::{AlphaTokenInfo, Permit, TokenLabel};
pub(crate) use transaction::Log;
pub use transaction::{Block, TransactionReceipt};
pub use weights::{Commitment, SecretWeights, WeightRow};
