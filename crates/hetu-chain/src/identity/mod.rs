//! Keys, signatures and those who sign.

#[cfg(feature = "keystore")]
mod mnemonic;
mod signature;
mod signer;
mod transaction;
mod wallet;

#[cfg(feature = "keystore")]
pub use mnemonic::{MnemonicError, SeedPhrase};
pub use signature::{InvalidSignature, Signature, personal_message_hash, recover_address};
pub use signer::{Signer, SignerError, SigningFuture, SigningRequest};
pub use transaction::{Fees, UnsignedTransaction};
pub use wallet::{InvalidSecretKey, Wallet};
