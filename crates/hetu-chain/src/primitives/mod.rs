//! Values that every layer uses.

mod address;
mod amount;
mod contracts;
mod hash;
mod id;

pub use address::{Address, InvalidAddress};
pub use amount::{Amount, InvalidAmount};
pub use contracts::ContractAddresses;
pub use hash::{BlockHash, Bytes32, InvalidHash, TxHash, keccak256};
pub use id::{BlockId, ChainId, NetUid};
