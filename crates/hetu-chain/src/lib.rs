#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod clock;
mod contracts;
mod error;
mod identity;
#[cfg(feature = "keystore")]
mod keystore;
mod primitives;

pub use clock::{Clock, ManualClock, SystemClock};
pub use contracts::ContractAddresses;
pub use error::Retryability;
#[cfg(feature = "keystore")]
pub use identity::MnemonicError;
pub use identity::{
    InvalidSecretKey, InvalidSignature, Signature, Signer, SignerError, SigningFuture, Wallet,
    personal_message_hash, recover_address,
};
#[cfg(feature = "keystore")]
pub use keystore::{Keystore, KeystoreError, KeystoreFolder, Password, ScryptCost, WalletName};
pub use primitives::{
    Address, Amount, BlockHash, BlockId, ChainId, InvalidAddress, InvalidAmount, InvalidHash,
    NetUid, TxHash, keccak256,
};
