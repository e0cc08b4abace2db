//! The chain client: connecting, reading, and changing things with a wallet.

mod alpha_token;
mod amm;
mod dendrons;
mod erc1271;
mod error;
mod genesis;
mod governance;
mod hetutensor;
mod joining;
mod journal;
mod journaling;
mod lens;
mod node_support;
mod outcome;
mod payment;
mod permits;
mod policy;
mod pools;
mod receipts;
mod rewards;
mod sending;
mod staking;
mod subnet_registration;
mod subnets;
mod timelock;
mod tokens;
mod transactions;
mod weights;

pub use alpha_token::AlphaToken;
pub use amm::{Amm, CompletedTrade};
pub use dendrons::{Dendrons, Membership, RegisteredDendron};
pub use erc1271::Erc1271Verifier;
pub use error::ChainError;
pub use governance::{Governance, OwnedContract, Ownership};
pub use hetutensor::Hetutensor;
pub use joining::RegistrationQuote;
pub use journal::JournalError;
pub use journaling::JournaledTransaction;
pub use node_support::NodeSupport;
pub use policy::{FeeLedgerError, PolicyViolation, SpendPolicy};
pub use pools::Pools;
pub use rewards::{PaidRewards, Payout, PublishedRoot, Rewards};
pub use sending::{
    Cancellation, ContractCall, DryRun, Estimate, RecoveredTransaction, RecoveryReport,
    SendOptions, SentTransaction, TransactionOutcome, TransactionStatus,
};
pub use staking::{Reallocation, Staking};
pub use subnet_registration::RegisteredSubnet;
pub use subnets::{ReadProgress, Subnets};
pub use timelock::Timelock;
pub use tokens::Tokens;
pub use transactions::Transactions;
pub use weights::{CommittedWeights, Weights};

pub use crate::abi::Revert;
