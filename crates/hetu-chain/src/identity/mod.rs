//! Keys, signatures and those who sign.

mod contract_signer;
#[cfg(feature = "keystore")]
mod mnemonic;
mod signature;
mod signer;
mod transaction;
mod wallet;

pub use contract_signer::{
    AccountSignature, CheckSource, ContractCheck, ContractSigner, ContractSignerError,
};
#[cfg(feature = "keystore")]
pub use mnemonic::{MnemonicError, SeedPhrase};
pub use signature::{
    InvalidSignature, PersonalMessageHasher, Signature, personal_message_hash, recover_address,
};
pub use signer::{Signer, SignerError, SigningFuture, SigningRequest};
pub use transaction::{Fees, UnsignedTransaction};
pub use wallet::{InvalidSecretKey, Wallet};
