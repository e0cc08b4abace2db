//! The trait of signers, with a key in memory, in a device or on another machine.

use std::fmt;
use std::time::Duration;

use super::{UnsignedTransaction, personal_message_hash};
use crate::future::ReadyOrBoxed;
use crate::text::{ForeignError, ForeignText};
use crate::{Address, Retryability, Retryable, Signature};

/// A signer for one account.
///
/// A signer receives the content to sign and not only its hash, so that a device can display it and
/// a service can apply rules to it.
pub trait Signer: fmt::Debug + Send + Sync {
    /// Returns the account that signs.
    fn address(&self) -> Address;

    /// Signs `request` with the account's key.
    ///
    /// Cancel safety: dropping the future leaves no partial signature; a device may still ask its
    /// owner.
    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>>;
}

/// The content to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningRequest<'request> {
    /// A message under ERC-191, version 0x45 (`personal_sign`). Its signature can never be valid
    /// for a transaction.
    PersonalMessage(&'request [u8]),
    /// A transaction.
    Transaction {
        /// The transaction to sign.
        transaction: &'request UnsignedTransaction,
        /// The hash of its unsigned encoding.
        hash: [u8; 32],
    },
    /// A hash that is signed unchanged: without hashing, prefix or domain. Signing it means
    /// trusting its author with the whole account; remote signers refuse it.
    Hash([u8; 32]),
}

impl SigningRequest<'_> {
    /// Returns the hash to sign.
    pub fn hash(&self) -> [u8; 32] {
        match self {
            Self::PersonalMessage(message) => personal_message_hash(message),
            Self::Transaction { hash, .. } | Self::Hash(hash) => *hash,
        }
    }
}

/// The reason for which a signer did not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// A refusal by the owner or a policy of the signer.
    #[error("the signer refused: {reason}", reason = ForeignText::new(.reason))]
    Refused {
        /// The reason that the signer reported.
        reason: String,
    },
    /// A request of a kind that the signer cannot sign.
    #[error("the signer does not sign this: {reason}", reason = ForeignText::new(.reason))]
    Unsupported {
        /// The unsupported kind, and a remedy.
        reason: String,
    },
    /// A device or service that cannot be reached.
    #[error("the signer cannot be reached: {reason}")]
    Unavailable {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// A device or service that did not answer in time. It may still ask its owner.
    #[error("the signer did not answer within {limit:?}: ask again when its owner is there")]
    TimedOut {
        /// The time limit.
        limit: Duration,
    },
    /// An answer that is not a signature of the requested content by the requested account. The
    /// answer was discarded.
    #[error("the signer is at fault and was not believed: {reason}")]
    WrongAnswer {
        /// The reason for which the answer is wrong.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for SignerError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Refused { .. } | Self::Unsupported { .. } | Self::WrongAnswer { .. } => {
                Retryability::Final
            }
            Self::Unavailable { .. } | Self::TimedOut { .. } => Retryability::Retryable,
        }
    }
}
