#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

#[cfg(feature = "client")]
mod abi;
#[cfg(feature = "client")]
mod client;
mod clock;
mod contracts;
#[cfg(any(feature = "client", feature = "keystore"))]
pub mod durable_file;
mod error;
#[cfg(feature = "client")]
mod events;
mod foreign_text;
mod identity;
mod input_text;
#[cfg(feature = "keystore")]
mod keystore;
#[cfg(feature = "client")]
mod model;
#[cfg(feature = "client")]
mod network;
mod primitives;
#[cfg(feature = "client")]
mod remote_signer;
#[cfg(feature = "client")]
mod rpc;
mod stakework;

#[cfg(feature = "client")]
pub use abi::Revert;
#[cfg(feature = "client")]
pub use client::{
    AlphaToken, Amm, Cancellation, ChainContractSigner, ChainError, CommittedWeights,
    CompletedTrade, ContractCall, Dendrons, DryRun, Estimate, Fate, FeeLedgerError, Governance,
    Hetutensor, JournalError, JournaledTransaction, Membership, NodeSupport, OwnedContract,
    Ownership, PaidRewards, Payout, PolicyViolation, Pools, PublishedRoot, ReadProgress,
    Reallocation, Recovered, Recovery, RegisteredDendron, RegisteredSubnet, RegistrationQuote,
    Rewards, SendOptions, SentTransaction, SpendPolicy, Staking, Subnets, Timelock, Tokens,
    TransactionStatus, Transactions, Weights,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use contracts::ContractAddresses;
pub use error::Retryability;
#[cfg(feature = "client")]
pub use events::{EventError, EventNotice, EventStream, Events, LoggedEvent, PastEvents};
pub use foreign_text::ForeignText;
pub use identity::{
    AccountSignature, CheckSource, ContractCheck, ContractSigner, ContractSignerError, Fees,
    InvalidSecretKey, InvalidSignature, PersonalMessageHasher, Signature, Signer, SignerError,
    SigningFuture, SigningRequest, UnsignedTransaction, Wallet, personal_message_hash,
    recover_address,
};
#[cfg(feature = "keystore")]
pub use identity::{MnemonicError, SeedPhrase};
pub use input_text::{InvalidText, decode_text, read_text, without_mark};
#[cfg(feature = "keystore")]
pub use keystore::{
    ForeignWallet, Keystore, KeystoreError, KeystoreFolder, Password, ScryptCost, WalletEntry,
    WalletName, hetucli_wallets, write_private_file,
};
#[cfg(feature = "client")]
pub use model::{
    Allocation, AlphaTokenInfo, Block, ChainEvent, Commitment, Contract, Dendron, DendronEvent,
    EventGroup, GovernanceEvent, HyperparameterChanges, Hyperparameters, LargeTrade,
    NetworkParameterChange, NetworkParameters, NewSubnet, PendingRoot, Permit, PoolEvent,
    PoolFactoryInfo, PoolHealth, PoolInfo, PoolStatistics, PoolSummary, Proposal, ProposalState,
    ProposedCall, RawEndpoint, Receipt, Registration, RegistrationRules, ReserveCheck, RewardClaim,
    RewardRoot, RewardTree, RewardsEvent, Role, SecretWeights, Stake, StakingEvent, Subnet,
    SubnetDetails, SubnetEvent, SubnetRewards, SubnetSnapshot, TimelockRole, Token, TokenEvent,
    TokenLabel, TradeLimits, TradeQuote, TraderVolume, Weight, WeightRow, WeightsEvent,
};
#[cfg(feature = "client")]
pub use network::{
    AddressFile, Announcement, FeeCeilings, InvalidRpcUrl, Network, NetworkError, Networks, RpcUrl,
    hetu_home, presets,
};
pub use primitives::{
    Address, Amount, BlockHash, BlockId, Bytes32, ChainId, InvalidAddress, InvalidAmount,
    InvalidHash, NetUid, TxHash, keccak256,
};
#[cfg(feature = "client")]
pub use remote_signer::{RemoteSigner, SignerProtocol};
#[cfg(feature = "client")]
pub use rpc::{BlockRef, EndpointHealth, EndpointState, InvalidHeader, RpcError, TransportOptions};
pub use stakework::{
    Decimal, EmissionSchedule, EpochClock, EpochInput, EpochNode, EpochOutcome, EpochParameters,
    InvalidDecimal, InvalidEpoch, LiquidAlpha, LockCost, LockSplit, Mechanism, MovingPrice,
    NetworkSplit, NodeOutcome, Pool, Rules, SubnetInjection, SubnetRewardRule, Trade,
    TradeDirection, TradePreview, TradeRefusal, network_split, registration_requirement,
    share_by_price,
};
