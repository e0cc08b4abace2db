#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

#[cfg(feature = "client")]
mod abi;
#[cfg(feature = "client")]
mod client;
mod clock;
mod contracts;
mod error;
#[cfg(feature = "client")]
mod events;
mod identity;
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
    ChainError, ContractCall, Dendrons, DryRun, Estimate, Hetutensor, Membership, NewSubnet,
    RegisteredSubnet, Registration, SendOptions, SentTransaction, Staking, Subnets, Tokens,
    Transactions, Weights,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use contracts::ContractAddresses;
pub use error::Retryability;
#[cfg(feature = "keystore")]
pub use identity::MnemonicError;
pub use identity::{
    Fees, InvalidSecretKey, InvalidSignature, Signature, Signer, SignerError, SigningFuture,
    SigningRequest, UnsignedTransaction, Wallet, personal_message_hash, recover_address,
};
#[cfg(feature = "keystore")]
pub use keystore::{Keystore, KeystoreError, KeystoreFolder, Password, ScryptCost, WalletName};
#[cfg(feature = "client")]
pub use model::{
    Allocation, Block, ChainEvent, Contract, Dendron, DendronEvent, EventGroup, GovernanceEvent,
    Hyperparameters, NetworkParameterChange, PoolEvent, RawEndpoint, Receipt, RewardsEvent, Role,
    Stake, StakingEvent, Subnet, SubnetEvent, Token, TokenEvent, Weight, WeightsEvent,
};
#[cfg(feature = "client")]
pub use network::{InvalidRpcUrl, Network, NetworkError, Networks, RpcUrl, hetu_home, presets};
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
