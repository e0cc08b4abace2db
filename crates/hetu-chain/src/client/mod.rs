//! The chain client, for connections, reads, and transactions with a wallet.

mod alpha_token;
mod amm;
mod block_limit;
mod dendrons;
mod encoded_call;
mod erc1271;
mod error;
mod governance;
mod hetutensor;
mod joining;
mod journal;
mod lens;
mod lens_memory;
mod node_support;
mod payment;
mod permits;
mod policy;
mod pools;
mod reader;
mod reported;
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
pub use block_limit::RegistrationAttempt;
pub use dendrons::{Dendrons, RegisteredDendron};
pub use erc1271::Erc1271Verifier;
pub use error::{ChainError, FeeLedgerError, JournalError, PolicyViolation};
pub use governance::{Governance, OwnedContract, Ownership};
pub use hetutensor::{Hetutensor, JournaledTransaction};
pub use joining::{EnsuredRegistration, RegistrationQuote};
pub use lens::ReadProgress;
pub use node_support::NodeSupport;
pub use policy::SpendPolicy;
pub use pools::Pools;
pub use rewards::{PaidRewards, Payout, PublishedRoot, Rewards};
pub use sending::{
    Cancellation, ContractCall, DryRun, Estimate, RecoveredTransaction, RecoveryReport,
    SendOptions, SentTransaction, TransactionOutcome, TransactionStatus,
};
pub use staking::{Reallocation, Staking};
pub use subnet_registration::RegisteredSubnet;
pub use subnets::Subnets;
pub use timelock::Timelock;
pub use tokens::Tokens;
pub use transactions::Transactions;
pub use weights::{CommittedWeights, Weights};

pub(crate) use reader::Reader;

pub use crate::abi::Revert;
