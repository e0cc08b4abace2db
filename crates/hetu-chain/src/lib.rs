#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

#[cfg(feature = "client")]
mod abi;
#[cfg(feature = "client")]
pub mod client;
pub mod clock;
#[cfg(any(feature = "client", feature = "keystore"))]
pub mod durable_file;
mod error;
#[cfg(feature = "client")]
pub mod events;
pub mod future;
pub mod identity;
#[cfg(feature = "keystore")]
pub mod keystore;
#[cfg(feature = "client")]
pub mod model;
#[cfg(feature = "client")]
pub mod network;
pub mod primitives;
pub mod resilience;
#[cfg(feature = "client")]
pub mod rpc;
pub mod stakework;
pub mod text;

#[cfg(feature = "client")]
pub use client::{ChainError, Hetutensor};
pub use clock::{Clock, SystemClock};
pub use error::{Retryability, Retryable};
pub use identity::{Signature, Signer, Wallet};
#[cfg(feature = "keystore")]
pub use keystore::Keystore;
#[cfg(feature = "client")]
pub use network::Network;
pub use primitives::{Address, Amount, BlockId, ChainId, NetUid, TxHash};
