//! The chain client: connecting, reading, and changing things with a wallet.

mod dendrons;
mod error;
mod fees;
mod hetutensor;
mod nonce_lane;
mod staking;
mod submission;
mod subnets;
mod tokens;
mod transactions;
mod weights;

pub use dendrons::{Dendrons, Membership, Registration};
pub use error::ChainError;
pub use hetutensor::Hetutensor;
pub use staking::Staking;
pub use subnets::{NewSubnet, RegisteredSubnet, Subnets};
pub use tokens::Tokens;
pub use transactions::Transactions;
pub use weights::Weights;
