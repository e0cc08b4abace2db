//! The chain client: connecting, reading, and changing things with a wallet.

mod dendrons;
mod error;
mod hetutensor;
mod receipts;
mod sending;
mod staking;
mod subnets;
mod tokens;
mod transactions;
mod weights;

pub use dendrons::{Dendrons, Membership, Registration};
pub use error::ChainError;
pub use hetutensor::Hetutensor;
pub use sending::{ContractCall, DryRun, Estimate, SendOptions, SentTransaction};
pub use staking::Staking;
pub use subnets::{NewSubnet, RegisteredSubnet, Subnets};
pub use tokens::Tokens;
pub use transactions::Transactions;
pub use weights::Weights;
