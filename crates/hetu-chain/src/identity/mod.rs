//! Keys, signatures and signers.

mod contract_signature;
#[cfg(feature = "keystore")]
mod mnemonic;
#[cfg(feature = "client")]
mod remote_signer;
mod signature;
mod signer;
mod transaction;
mod wallet;

pub use contract_signature::{
    AccountSignature, CheckSource, ContractSignatureError, ContractSignatureVerifier,
};
#[cfg(feature = "keystore")]
pub use mnemonic::{MnemonicError, SeedPhrase};
#[cfg(feature = "client")]
pub use remote_signer::{RemoteSigner, SignerProtocol};
pub use signature::{
    InvalidSignature, PersonalMessageHasher, Signature, personal_message_hash, recover_address,
};
pub use signer::{Signer, SignerError, SigningRequest};
pub use transaction::{Fees, UnsignedTransaction};
pub use wallet::{InvalidSecretKey, Wallet};
