//! The trait behind which a key may be in memory, in a device or on another machine.

use std::fmt;
use std::pin::Pin;

use crate::{Address, Retryability, Signature};

/// The answer of a [`Signer`], boxed so that signers can be trait objects.
pub type SigningFuture<'signer> =
    Pin<Box<dyn Future<Output = Result<Signature, SignerError>> + Send + 'signer>>;

/// Someone who can sign for one account.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The account that signs.
    fn address(&self) -> Address;

    /// Signs `hash` as it stands: nothing is hashed, prefixed or bound to a domain.
    ///
    /// Cancel safety: dropping the future leaves no half-made signature behind; a device may
    /// still ask its owner.
    fn sign_hash(&self, hash: [u8; 32]) -> SigningFuture<'_>;

    /// Signs at once if the key is at hand, without the cost of a boxed future.
    ///
    /// Signers that must wait, such as devices and remote services, return nothing.
    fn sign_hash_now(&self, hash: &[u8; 32]) -> Option<Signature> {
        let _ = hash;
        None
    }
}

impl dyn Signer + '_ {
    /// Signs `hash`, at once where the signer can.
    ///
    /// # Errors
    /// What the signer reports.
    pub async fn sign(&self, hash: [u8; 32]) -> Result<Signature, SignerError> {
        match self.sign_hash_now(&hash) {
            Some(signature) => Ok(signature),
            None => self.sign_hash(hash).await,
        }
    }
}

/// Why a signer did not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The owner or a policy of the signer said no.
    #[error("the signer refused: {reason}")]
    Refused {
        /// What the signer said.
        reason: String,
    },
    /// The device or service did not answer.
    #[error("the signer cannot be reached: {reason}")]
    Unavailable {
        /// What went wrong.
        reason: String,
    },
}

impl SignerError {
    /// Whether trying again can help.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Refused { .. } => Retryability::Final,
            Self::Unavailable { .. } => Retryability::Retryable,
        }
    }
}
